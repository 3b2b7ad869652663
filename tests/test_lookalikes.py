"""What only looks like a public feed is refused by what it is, and never landed as another."""

from __future__ import annotations

import pytest

from tests.feeds import MONTHLY, read

__all__ = ["read"]

DAYS = ",".join(f"{day:02d}Mar2020" for day in range(1, 9))


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("other_oxcgrt_index", f"CountryCode,CountryName,RegionCode,Jurisdiction,{DAYS}\n"
         "MLI,Mali,,NAT_TOTAL,0,7.14,14.29,21.43,28.57,35.71,42.86,50\n"),
        ("other_oxcgrt_index", "CountryName,CountryCode,Jurisdiction,Date,EconomicSupportIndex\n"
         "Mali,MLI,NAT_TOTAL,20200301,50\n"),
        ("dtm_sites", "Survey Date,Site ID,Site Name,Admin 1,Admin 2,Number of IDPs Ind\n"
         "2023-01-01,S1,Un site,Ségou,Niono,12\n"),
        ("dtm_sites", "Date,ID du site,Nom du site,Région,Cercle,PDI individus\n"
         "2023-01-01,S1,Un site,Ségou,Niono,12\n"),
        ("dtm_undated", "Région,Cercle,Commune,PDI Ménages,PDI Individus\nSégou,Niono,Niono,1,5\n"),
        ("ipc_country", "Date of analysis,Country,Total country population,Validity period,"
         "Phase,Number,Percentage\nApr 2023,MLI,20,current,3+,5,0.25\n"),
        ("who_does_what", "Organisation,Cluster,Activité,Région,Cercle,Bénéficiaires\n"
         "ONG,WASH,Puits,Ségou,Niono,12\n"),
        ("who_does_what", "location_code,admin1_name,admin2_name,org_acronym,org_name,sector_code,"
         "sector_name,reference_period_start\nMLI,Ségou,Niono,O,ONG,WSH,WASH,2024-01-01\n"),
        ("acled_demonstrations", MONTHLY.replace(",Fatalities", "").replace(",3\n", "\n")),
        ("acled_weekly", "WEEK,REGION,COUNTRY,ADMIN1,EVENT_TYPE,SUB_EVENT_TYPE,EVENTS,FATALITIES,"
         "POPULATION_EXPOSURE,ID\n2025-01-04,W,Mali,Segou,Battles,Armed clash,1,2,0,9\n"),
        ("vegetation", "date,adm_level,adm_id,PCODE,n_pixels,vim,vim_avg,viq\n"
         "2022-08-01,1,9,ML04,3,0.3,0.2,110\n"),
        ("rainfall_no_normal", "year_month,admin1,admin2,mean.rainfall\n2022-08,Ségou,Bla,9\n"),
    ],
)  # fmt: skip
def test_what_only_looks_like_a_feed_is_refused_by_what_it_is(read, what: str, text: str) -> None:
    report, values = read(text)
    assert values == {} and report.error is not None
    assert report.error.key == "looks_like" and report.error.what == what
    assert report.error.message("fr") != report.error.message("en")


def test_civilian_targeting_has_the_columns_of_political_violence(read) -> None:
    """Only what the file says of itself tells them apart: its name, or its sheet's."""
    report, values = read(MONTHLY, "mali_civilian_targeting_events_by_month-year.csv")
    assert values == {} and report.error is not None and report.error.what == "civilian_targeting"
