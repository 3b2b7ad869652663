"""Headers as partners write them: found under one column of a dataset, or under none."""

from __future__ import annotations

import pytest

from analytics.geography.places import normalise
from analytics.sources.contracts import DATASETS, columns_of
from analytics.sources.dictionary import column_of, dictionary
from analytics.sources.personal import personal_header


@pytest.mark.parametrize("dataset", DATASETS)
def test_no_two_columns_of_a_dataset_answer_to_one_header(dataset: str) -> None:
    owners: dict[str, set[str]] = {}
    for name in columns_of(DATASETS[dataset]):
        told = dictionary().column(dataset, name)
        for header in (name, told.label.fr, told.label.en, *told.synonyms):
            owners.setdefault(normalise(header), set()).add(name)
            # What is left out of a spelling ("de la", "FCFA") never makes it another column.
            assert column_of(dataset, header) == name
    assert {header: names for header, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    ("dataset", "headers"),
    [
        ("vsla_observation", {
            "Nbre de femmes": "members_women", "NB. FEMMES": "members_women",
            "Nombre d’hommes": "members_men", "Nbre d'hommes": "members_men",
            "N° groupe": "group_id", "N° du groupe": "group_id", "Date visite": "obs_date",
            "Date de la réunion": "obs_date", "Montant épargné": "savings_cycle_xof",
            "Mt épargné (FCFA)": "savings_cycle_xof", "Épargne (F CFA)": "savings_cycle_xof",
            "Montant épargné en FCFA": "savings_cycle_xof", "Encours": "loans_outstanding_xof",
            "Caisse": "loan_fund_cash_xof", "Solde de la caisse": "loan_fund_cash_xof",
            "Caisse de solidarité": "social_fund_xof", "Impayés": "loans_late_xof",
            "Nbre de prêts en cours": "loans_outstanding_n", "Présents": "members_attending",
            # Not said well enough to be taken for a column.
            "Prêts en cours": None, "Épargne (milliers FCFA)": None, "Intérêt": None,
        }),
        ("vsla_group", {"Date création": "date_first_training", "Code AVEC": "group_id",
                        "Structure d’encadrement": "facilitating_agency",
                        "Nom de la présidente": None}),
        ("vsla_cycle", {"N° de cycle": "cycle_no", "Prix de la part (FCFA)": "share_value_xof",
                        "Intérêt": None}),
        ("business_observation", {"Chiffre d'affaires": "revenue_xof", "Bénéfice": "profit_xof",
                                  "Nbre d’employés": "workers", "Secteur d'activité": "sector"}),
        ("member_survey", {"Date de l'enquête": "survey_date", "Âge": None, "Enquêté": None}),
        ("contribution", {"Nbre de femmes mobilisées": "women_involved",
                          "Coût total (FCFA)": "value_xof"}),
        ("decision_space", {"Nbre de sièges": "seats", "Nombre de postes": "seats",
                            "Membres F": None}),
    ],
)  # fmt: skip
def test_headers_of_partners(dataset: str, headers: dict[str, str | None]) -> None:
    assert {header: column_of(dataset, header) for header in headers} == headers


def test_a_persons_column_stays_personal() -> None:
    for header in ("Nom de la présidente", "Téléphone", "Nom et prénoms"):
        assert personal_header(header)
        assert all(column_of(dataset, header) is None for dataset in DATASETS)
