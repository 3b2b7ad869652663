"""The publishers' own layouts with invented Malian rows: each known by its columns alone.

Numbers are ours; headers and tags are the publishers'. Every expected value is a hand count.
"""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.feeds import MONTHLY, counts, near, read, refused

__all__ = ["read"]

# --- ACLED ----------------------------------------------------------------------------------------

FRENCH_EVENTS = (
    "fatalities;population_best;admin1;admin2;country;iso;event_date;actor1;sub_event_type;"
    "event_type;disorder_type;event_id_cnty;timestamp;region\n"
    "4;1200;Segou;Niono;Mali;466;05 mai 2022;A;Armed clash;Battles;Political violence;MLI1;1;W\n"
    "0;;Segou;Niono;Mali;466;31/05/2022;A;Attack;Violence against civilians;Political violence;"
    "MLI2;1;W\n"
    "2;;Timbuktu;Gourma-Rharous;Mali;466;1er juin 2022;A;Air/drone strike;"
    "Explosions/Remote violence;Political violence;MLI3;1;W\n"
    "9;;Sahel;Soum;Burkina Faso;854;01/06/2022;A;Armed clash;Battles;Political violence;BFA1;1;W\n"
    ";;Segou;Bla;Mali;466;02/06/2022;A;Armed clash;Battles;Political violence;MLI4;1;W\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_events_in_a_french_locale_in_any_order(read, encoding: str) -> None:
    report, values = read(FRENCH_EVENTS.encode(encoding))
    assert counts(report) == (5, 3, 1, 0, 1) and refused(report) == {"required"}
    assert near(values, "fatalities") == {("niono", "2022-05"): 4, ("gourma-rharous", "2022-06"): 2}
    assert near(values, "events") == {("niono", "2022-05"): 2, ("gourma-rharous", "2022-06"): 1}


def test_events_in_a_zip_of_the_older_form(read) -> None:
    text = (
        "ISO,EVENT_ID_CNTY,EVENT_ID_NO_CNTY,EVENT_DATE,YEAR,TIME_PRECISION,EVENT_TYPE,ACTOR1,"
        "ALLY_ACTOR_1,COUNTRY,ADMIN1,ADMIN2,ADMIN3,LOCATION,NOTES,FATALITIES\n"
        "466,7RTA,7,12-March-2015,2015,1,Battle-No change of territory,A,,Mali,Gao,Menaka,,X,"
        '"a\nb",3\n'
        "466,8RTA,8,13-March-2015,2015,1,Riots/Protests,A,,Mali,Mopti,Djenne,,X,,0\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("2015-01-01-2015-12-31-Mali.csv", text)
    report, values = read(packed.getvalue(), "envoi.zip")
    assert counts(report) == (2, 2, 0, 0, 0)
    assert values == {
        ("acled_events/cercle", "menaka", "2015-03", "events"): 1,
        ("acled_events/cercle", "menaka", "2015-03", "fatalities"): 3,
        ("acled_other/cercle", "djenne", "2015-03", "events"): 1,
        ("acled_other/cercle", "djenne", "2015-03", "fatalities"): 0,
    }


def test_an_event_in_a_cercle_made_since_counts_in_its_region(read) -> None:
    text = (
        "event_id_cnty,event_date,disorder_type,event_type,actor1,country,admin1,admin2,fatalities\n"
        "MLI1,2024-07-27,Political violence,Battles,A,Mali,Taoudenit,Araouane,5\n"
        "MLI2,2024-07-28,Political violence,Battles,A,Mali,Kidal,Tin-Essako,1\n"
        "MLI3,2024-07-28,Political violence,Battles,A,Mali,Atlantide,Araouane,1\n"
    )
    report, values = read(text)
    assert counts(report) == (3, 2, 1, 0, 0) and refused(report) == {"unknown_region"}
    assert values["acled_events/region", "taoudenit", "2024-07", "fatalities"] == 5
    assert values["acled_events/cercle", "tin-essako", "2024-07", "fatalities"] == 1
    assert {w["code"]: w["example"] for w in report.warnings} == {"unknown_cercle": "Araouane"}


def test_monthly_counts_keep_zeros_and_refuse_blanks(read) -> None:
    report, values = read(MONTHLY)
    assert counts(report) == (4, 2, 1, 0, 1) and refused(report) == {"required"}
    assert near(values, "events") == {("niono", "2025-01"): 7, ("niono", "2025-02"): 0}
    assert near(values, "fatalities") == {("niono", "2025-01"): 3, ("niono", "2025-02"): 0}


def test_conflict_events_of_hapi(read) -> None:
    head = (
        "location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,"
        "admin1_name,admin2_code,admin2_name,admin_level,event_type,events,fatalities,"
        "reference_period_start,reference_period_end,dataset_hdx_id,resource_hdx_id,warning,error\n"
        "#country+code,#meta+has_hrp,#meta+in_gho,#adm1+name+provider,#adm2+name+provider,"
        "#adm1+code,#adm1+name,#adm2+code,#adm2+name,#adm+level,#event+type,#event+num,"
        "#affected+killed,#date+start,#date+end,#meta+dataset+id,#meta+resource+id,,\n"
    )
    line = "MLI,Y,Y,Segou,Niono,ML04,Ségou,ML0405,Niono,2,{},{},{},2024-11-01,2024-11-30,x,y,,\n"
    unmatched = "MLI,Y,Y,Segou,Niono,,,,,2,{},{},{},2024-12-01,2024-12-31,x,y,no pcode,\n"
    report, values = read(
        head + line.format("political_violence", 4, 6) + line.format("civilian_targeting", 1, 2)
        + line.format("demonstration", 2, "") + unmatched.format("political_violence", 0, 0)
    )  # fmt: skip
    assert counts(report) == (4, 3, 0, 1, 0)
    assert values == {
        ("hapi_conflict/cercle", "niono", "2024-11", "events"): 4,
        ("hapi_conflict/cercle", "niono", "2024-11", "fatalities"): 6,
        ("hapi_demonstrations/cercle", "niono", "2024-11", "events"): 2,
        ("hapi_conflict/cercle", "niono", "2024-12", "events"): 0,
        ("hapi_conflict/cercle", "niono", "2024-12", "fatalities"): 0,
    }


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        # one date that only an American spreadsheet writes turns them all
        (("5/31/2022", "6/1/2022"), {("bla", "2022-05"), ("bla", "2022-06")}),
        (("31/5/2022", "6/1/2022"), {("bla", "2022-05"), ("bla", "2022-01")}),
        (("5 May 2022", "05-Jun-22"), {("bla", "2022-05"), ("bla", "2022-06")}),
        (("2022-05-05T00:00:00", "44713"), {("bla", "2022-05"), ("bla", "2022-06")}),
    ],
)
def test_dates_are_read_as_the_whole_column_writes_them(
    read, dates: tuple[str, str], months: set[tuple[str, str]]
) -> None:
    head = "event_id_cnty,event_date,event_type,actor1,country,admin1,admin2,fatalities\n"
    lines = [f"MLI{n},{date},Battles,A,Mali,Segou,Bla,1\n" for n, date in enumerate(dates)]
    report, values = read(head + "".join(lines))
    assert counts(report) == (2, 2, 0, 0, 0) and set(near(values, "events")) == months


# --- UCDP -----------------------------------------------------------------------------------------


def test_events_of_ucdp_in_the_form_of_2023(read) -> None:
    report, values = read(
        "id,relid,year,active_year,code_status,type_of_violence,conflict_new_id,side_a,side_b,"
        "where_prec,adm_1,adm_2,latitude,longitude,country,country_id,region,date_prec,"
        "date_start,date_end,deaths_a,deaths_b,best,high,low\n"
        "1,r,2022,1,Clear,1,9,G,J,1,Mopti region,Koro cercle,0,0,Mali,432,Africa,1,"
        "2022-03-04 00:00:00.000,2022-03-04 00:00:00.000,1,2,3,3,3\n"
        "2,r,2022,1,Clear,1,9,G,J,4,Timbuktu region,,0,0,Mali,432,Africa,1,"
        "2022-03-09 00:00:00.000,2022-03-09 00:00:00.000,0,0,0,4,0\n"
        "3,r,2022,1,Clear,1,9,G,J,6,,,0,0,Mali,432,Africa,1,2022-03-09,2022-03-09,0,0,2,2,2\n"
        "4,r,2022,1,Clear,1,9,G,J,1,Sahel region,,0,0,Burkina Faso,439,Africa,1,2022-03-09,"
        "2022-03-09,0,0,2,2,2\n"
    )
    assert counts(report) == (4, 3, 0, 0, 1)
    assert near(values, "fatalities") == {
        ("koro", "2022-03"): 3, ("tombouctou", "2022-03"): 0, ("mali", "2022-03"): 2,
    }  # fmt: skip


# --- prices ---------------------------------------------------------------------------------------

PRICES = (
    "date,admin1,admin2,market,market_id,latitude,longitude,category,commodity,commodity_id,unit,"
    "priceflag,pricetype,currency,price,usdprice\n"
)
PRICES_HXL = (
    "#date,#adm1+name,#adm2+name,#loc+market+name,#loc+market+code,#geo+lat,#geo+lon,#item+type,"
    "#item+name,#item+code,#item+unit,#item+price+flag,#item+price+type,#currency+code,#value,"
    "#value+usd\n"
)


def price(date: str, good: str, cost: object, kind: str = "Retail", currency: str = "XOF") -> str:
    return (
        f"{date},Segou,Niono,Niono,9,14.25,-5.99,cereals and tubers,{good},1,KG,actual,{kind},"
        f"{currency},{cost},0.5\n"
    )


@pytest.mark.parametrize("tags", ["", PRICES_HXL])
def test_food_prices_with_and_without_tags(read, tags: str) -> None:
    report, values = read(
        PRICES + tags
        + price("2021-06-15", "Millet", 200) + price("2022-06-15", "Millet", 290)
        + price("2021-06-15", "Rice (local)", 350) + price("2022-06-15", "Rice (local)", 385)
        + price("2022-06-15", "Millet", 250, "Wholesale") + price("2022-06-15", "Fuel (diesel)", 7)
        + price("2022-06-15", "Sorghum", "")
    )  # fmt: skip
    # millet + 45 %, rice + 10 %: the median of the two series is 27.5 %
    assert counts(report) == (7, 4, 1, 0, 2) and refused(report) == {"required"}
    assert {(s, p): v for (s, p, m, _), v in values.items() if m == "2022-06"} == {
        ("wfp_prices/cercle", "niono"): pytest.approx(27.5),
        ("wfp_prices/region", "segou"): pytest.approx(27.5),
        ("wfp_prices/country", "mali"): pytest.approx(27.5),
    }


def test_food_prices_of_hapi(read) -> None:
    head = (
        "location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,"
        "admin1_name,admin2_code,admin2_name,admin_level,market_name,market_code,lat,lon,"
        "commodity_category,commodity_name,commodity_code,unit,price_flag,price_type,"
        "currency_code,price,usd_price,reference_period_start,reference_period_end,"
        "dataset_hdx_id,resource_hdx_id,warning,error\n"
    )
    line = (
        "{},Y,Y,Segou,Niono,ML04,Ségou,ML0405,Niono,2,Niono,9,14.2,-5.9,cereals and tubers,Maize,"
        "51,KG,actual,Retail,XOF,{},0.3,{}-15,{}-14,x,y,,\n"
    )
    report, values = read(
        head + line.format("MLI", 160, "2021-03", "2021-04")
        + line.format("MLI", 200, "2022-03", "2022-04")
        + line.format("BFA", 200, "2022-03", "2022-04")
    )  # fmt: skip
    assert counts(report) == (3, 2, 0, 0, 1)
    assert values["hapi_prices/cercle", "niono", "2022-03", "price_change_pct"] == 25


def test_food_prices_of_the_years_before_2021(read) -> None:
    """Columns of the WFP's own database: the month and the year apart, the kind of price too."""
    report, values = read(
        "adm0_id,adm0_name,adm1_id,adm1_name,mkt_id,mkt_name,cm_id,cm_name,cur_id,cur_name,pt_id,"
        "pt_name,um_id,um_name,mp_month,mp_year,mp_price,mp_commoditysource\n"
        "155,Mali,1926,Segou,9,Niono,71,Millet - Retail,61,XOF,15,Retail,5,KG,6,2018,200,\n"
        "155,Mali,1926,Segou,9,Niono,71,Millet - Retail,61,XOF,15,Retail,5,KG,6,2019,150,\n"
        "181,Niger,1926,Tahoua,9,Tahoua,71,Millet - Retail,61,XOF,15,Retail,5,KG,6,2019,150,\n"
    )
    assert counts(report) == (3, 2, 0, 0, 1)
    assert values["wfp_prices/region", "segou", "2019-06", "price_change_pct"] == -25
    report, values = read(
        "date,cmname,unit,category,price,currency,country,admname,adm1id,mktname,mktid\n"
        "#date,#item+name,#item+unit,#item+type,#value,#currency,#country+name,#adm1+name,"
        "#adm1+code,#name+market,\n"
        "2016-06-15,Sorghum - Retail,KG,cereals,100,XOF,Mali,Mopti,1924,Mopti Digue,8\n"
        "2017-06-15,Sorghum - Retail,KG,cereals,150,XOF,Mali,Mopti,1924,Mopti Digue,8\n"
        "2017-06-15,Sorghum - Wholesale,KG,cereals,150,XOF,Mali,Mopti,1924,Mopti Digue,8\n"
    )
    assert counts(report) == (3, 2, 0, 0, 1)
    assert values["wfp_prices/region", "mopti", "2017-06", "price_change_pct"] == 50


# --- rainfall -------------------------------------------------------------------------------------


def test_rainfall_with_both_levels_in_one_file(read) -> None:
    head = (
        "date,adm_level,adm_id,PCODE,n_pixels,rfh,rfh_avg,r1h,r1h_avg,r3h,r3h_avg,rfq,r1q,r3q,"
        "version\n"
    )
    tens = "2022-08-{},{},9,{},2588,{},{},1,1,1,1,90,{},95,final\n"
    report, values = read(
        head
        + tens.format("01", 1, "ML04", 30, 40, 70) + tens.format("11", 1, "ML04", 20, 40, 75)
        + tens.format("21", 1, "ML04", 0, 40, 61.5)
        + tens.format("01", 2, "ML1004", 10, 20, 88) + tens.format("11", 2, "ML1004", 20, 25, 80)
        + tens.format("01", 2, "MZ0101", 20, 25, 80)
    )  # fmt: skip
    assert counts(report) == (6, 5, 0, 0, 1)
    pct = near(values, "rainfall_pct_normal")
    # the ten days from the 21st close the month: its published column is the month's
    assert pct["segou", "2022-08"] == 61.5
    # an open month is worked out: 100 (30 + 5) / (45 + 5)
    assert [v for (p, _), v in pct.items() if p != "segou"] == [pytest.approx(70)]


def test_rainfall_by_admin_2_in_the_form_of_2023(read) -> None:
    head = (
        "date,adm2_id,ADM2_PCODE,n_pixels,rfh,rfh_avg,r1h,r1h_avg,r3h,r3h_avg,rfq,r1q,r3q,version\n"
        "#date,#adm2+id,#adm2+code,#indicator+n_pixels+num,#indicator+rfh+num,"
        "#indicator+rfh_avg+num,#indicator+r1h+num,#indicator+r1h_avg+num,#indicator+r3h+num,"
        "#indicator+r3h_avg+num,#indicator+rfq+pct,#indicator+r1q+pct,#indicator+r3q+pct,#meta\n"
    )
    line = "{},9,{},12,0,{},1,1,1,1,90,{},95,final\n"
    report, values = read(
        head
        + line.format("2022-08-21", "ML1001", 3, 104.5)
        + line.format("2022-08-21", "ML0802", 0, 100)
        + line.format("2022-08-21", "NE0101", 0, 100) + line.format("2022-08-21", "ML0803", "", 100)
    )  # fmt: skip
    assert counts(report) == (4, 2, 1, 0, 1) and refused(report) == {"required"}
    assert sorted(near(values, "rainfall_pct_normal").values()) == [100, 104.5]


def test_rainfall_of_hapi(read) -> None:
    head = (
        "location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,"
        "admin1_name,admin2_code,admin2_name,admin_level,provider_admin1_code,provider_admin2_code,"
        "aggregation_period,rainfall,rainfall_long_term_average,rainfall_anomaly_pct,number_pixels,"
        "version,reference_period_start,reference_period_end,dataset_hdx_id,resource_hdx_id,"
        "warning,error\n"
    )
    line = "MLI,Y,Y,Not provided,,ML05,Mopti,,,1,9,,{},{},{},{},9,final,{},{},x,y,,\n"
    report, values = read(
        head
        + line.format("dekad", 30, 40, 77, "2024-07-21", "2024-07-31")
        + line.format("1-month", 90, 120, 76.0, "2024-07-21", "2024-07-31")
        + line.format("3-month", 300, 320, 93, "2024-07-21", "2024-07-31")
    )
    assert counts(report) == (3, 2, 0, 1, 0)
    assert near(values, "rainfall_pct_normal") == {("mopti", "2024-07"): 76}


# --- displacement ---------------------------------------------------------------------------------


def test_displaced_persons_of_hapi(read) -> None:
    head = (
        "location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,"
        "admin1_name,admin2_code,admin2_name,admin_level,operation,assessment_type,population,"
        "reporting_round,reference_period_start,reference_period_end,dataset_hdx_id,"
        "resource_hdx_id,warning,error\n"
        "#country+code,#meta+has_hrp,#meta+in_gho,#adm1+name+provider,#adm2+name+provider,"
        "#adm1+code,#adm1+name,#adm2+code,#adm2+name,#adm+level,#operation+type,#assessment+type,"
        "#affected+idps,#round+code,#date+start,#date+end,#meta+dataset+id,#meta+resource+id,,\n"
    )
    end = "2023-04-30,2023-04-30,x,y,,\n"
    report, values = read(
        head
        + f"MLI,Y,Y,,,,,,,0,Sahel Crisis,BA,900,77,{end}"
        + f"MLI,Y,Y,Segou,,ML04,Ségou,,,1,Sahel Crisis,BA,500,77,{end}"
        + f"MLI,Y,Y,Segou,Niono,ML04,Ségou,ML0405,Niono,2,Sahel Crisis,BA,0,77,{end}"
        + f"MLI,Y,Y,Segou,San,ML04,Ségou,,San,2,Sahel Crisis,BA,,77,{end}"
        + f"TCD,Y,Y,,,,,,,0,Lake Chad,BA,7,77,{end}"
    )
    assert counts(report) == (5, 3, 1, 0, 1) and refused(report) == {"required"}
    assert values == {
        ("hapi_idps/country", "mali", "2023-04", "displaced"): 900,
        ("hapi_idps/region", "segou", "2023-04", "displaced"): 500,
        ("hapi_idps/cercle", "niono", "2023-04", "displaced"): 0,
    }


def test_displaced_persons_as_the_dtm_answers_programs(read) -> None:
    """The whole at each level, a line a reason of displacement."""
    head = (
        "id,operation,admin0Name,admin0Pcode,admin1Name,admin1Pcode,admin2Name,admin2Pcode,"
        "numPresentIdpInd,reportingDate,yearReportingDate,monthReportingDate,roundNumber,"
        "displacementReason,numberMales,numberFemales,assessmentType,operationStatus\n"
    )
    line = "1,Mali Crisis,Mali,MLI,{},{},{},{},{},2023-09-30T00:00:00,2023,9,78,{},0,0,BA,Active\n"
    report, values = read(
        head
        + line.format("", "", "", "", 70, "Conflict") + line.format("", "", "", "", 5, "Flood")
        + line.format("Ségou", "ML04", "", "", 40, "Conflict")
        + line.format("Ségou", "ML04", "Niono", "ML0405", 0, "Conflict")
    )  # fmt: skip
    assert counts(report) == (4, 4, 0, 0, 0)
    assert values == {
        ("dtm_api/country", "mali", "2023-09", "displaced"): 75,
        ("dtm_api/region", "segou", "2023-09", "displaced"): 40,
        ("dtm_api/cercle", "niono", "2023-09", "displaced"): 0,
    }


@pytest.mark.parametrize(
    "head",
    [
        "Snapshot Date,Admin 0,Admin 1,Admin 1 pcode,Admin 2,Admin 2 pcode,Admin 3,"
        "Total No# of IDPs HH,Total No# of IDPs Ind#,Total No# of Returnees Ind#",
        "Date du rapport,Pays,Région,code1,Cercle,code2,Commune,PDI Ménages,PDI Individus,"
        "Retournés Individus",
        "Reporting Date,Country,Admin1 Name,Admin1 Pcode,Admin2 Name,Admin2 Pcode,Admin3 Name,"
        "Number of IDP households,Number of IDP individuals,Number of returnee individuals",
        "Survey_Date,admin0Name,adm1_name,adm1_pcode,adm2_name,adm2_pcode,adm3_name,"
        "Nombre total de ménages PDI,Nombre total de PDI (individus),Retournés (individus)",
    ],
)
def test_baseline_of_other_rounds(read, head: str) -> None:
    report, values = read(
        f"{head}\n"
        "31/12/2023,Mali,Ségou,,Niono,,Niono,10,61,900\n"
        "31/12/2023,Mali,Ségou,,Niono,,Sokolo,2,11,900\n"
        "31/12/2023,Mali,Ségou,,Bla,,Bla,0,0,900\n"
        "31/12/2023,Mali,Ségou,,Macina,,Macina,,,900\n"
        "31/12/2023,Mali,Gao,,Tin-Hama,,Tin-Hama,3,17,900\n"
    )
    assert counts(report) == (5, 4, 1, 0, 0) and refused(report) == {"required"}
    assert values == {
        ("dtm_baseline/cercle", "niono", "2023-12", "displaced"): 72,
        ("dtm_baseline/cercle", "bla", "2023-12", "displaced"): 0,
        ("dtm_baseline/region", "gao", "2023-12", "displaced"): 17,
    }


def test_displaced_persons_of_idmc(read) -> None:
    report, values = read(
        "iso3,country_name,year,conflict_new_displacement,conflict_total_displacement\n"
        "MLI,Mali,2023,9,400\nMLI,Mali,2024,9,\nNER,Niger,2023,9,5\n"
    )
    assert counts(report) == (3, 1, 1, 0, 1)
    assert near(values, "displaced") == {("mali", "2023-12"): 400}


# --- food security --------------------------------------------------------------------------------

CADRE = (
    "adm0_name,adm0_pcod3,region,adm1_name,adm1_pcod2,adm2_name,adm2_pcod2,exercise_label,"
    "exercise_year,chtype,reference_label,reference_year,population,phase_class,phase1,phase2,"
    "phase3,phase4,phase5,phase35,usethisperiod\n"
)


def test_cadre_harmonise_with_the_regions_of_2023(read) -> None:
    def made(place: str, *cells: object) -> str:
        population, phase3, phase4, phase35, use = cells
        return (
            f"Mali,MLI,Sahel,{place},Oct-Dec,2024,projected,Jun-Aug,2025,{population},2,1,1,"
            f"{phase3},{phase4},0,{phase35},{use}\n"
        )

    report, values = read(
        CADRE
        + made("Bougouni,ML11,Yanfolila,ML1103", 1000, 150, 0, 150, "Y")
        + made("San,ML04,Kimparana,", 400, 80, 20, 100, "Y")
        + made("Ségou,ML04,Niono,ML0405", 500, 0, 0, 0, "Y")
        + made("Ségou,ML04,Niono,ML0405", 500, 9, 0, 9, "N")
        + made("Ségou,ML04,Bla,", 500, "", "", "", "Y")
    )
    assert counts(report) == (5, 3, 1, 1, 0)
    july = {(s, p): v for (s, p, m, _), v in values.items() if m == "2025-07"}
    assert july == {
        ("cadre_harmonise/cercle", "yanfolila"): 0.15,
        ("cadre_harmonise/region", "san"): 0.25,
        ("cadre_harmonise/cercle", "niono"): 0,
    }
    assert {m for _, _, m, _ in values} == {"2025-06", "2025-07", "2025-08"}


def test_cadre_harmonise_without_the_sum_of_phases_and_over_the_new_year(read) -> None:
    report, values = read(
        "adm0_name,adm1_name,adm2_name,exercise_label,exercise_year,chtype,reference_label,"
        "reference_year,population,phase1,phase2,phase3,phase4,phase5\n"
        "Mali,Mopti,Koro,Sept-Déc,2023,current,Oct-Jan,2023,200,100,50,30,15,5\n"
        "Niger,Tahoua,Tahoua,Sept-Déc,2023,current,Oct-Jan,2023,200,100,50,30,15,5\n"
    )
    assert counts(report) == (2, 1, 0, 0, 1)
    assert near(values, "phase3plus_share") == {
        ("koro", month): 0.25 for month in ("2023-10", "2023-11", "2023-12", "2024-01")
    }


def test_food_security_of_hapi(read) -> None:
    head = (
        "location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,"
        "admin1_name,admin2_code,admin2_name,admin_level,ipc_phase,ipc_type,population_in_phase,"
        "population_fraction_in_phase,reference_period_start,reference_period_end,dataset_hdx_id,"
        "resource_hdx_id,warning,error\n"
    )

    def phases(kind: str, start: str, end: str, *people: int) -> str:
        names = ("all", "1", "2", "3", "4", "5", "3+")
        return "".join(
            f"MLI,Y,Y,Segou,Niono,ML04,Ségou,ML0405,Niono,2,{phase},{kind},{number},"
            f"{number / people[0]:.2f},{start},{end},x,y,,\n"
            for phase, number in zip(names, people, strict=True)
        )

    report, values = read(
        head
        + phases("current", "2024-10-01", "2024-12-31", 300, 200, 60, 30, 10, 0, 40)
        + phases("first projection", "2025-06-01", "2025-08-31", 300, 300, 0, 0, 0, 0, 0)
    )
    assert counts(report) == (14, 14, 0, 0, 0)
    share = near(values, "phase3plus_share")
    assert share["niono", "2024-11"] == pytest.approx(40 / 300)
    assert share["niono", "2025-07"] == 0 and len(share) == 6


# --- COVID-19 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["StringencyIndex_Average", "StringencyIndex"])
def test_stringency_in_the_long_form(read, column: str) -> None:
    head = "CountryName,CountryCode,RegionName,RegionCode,Jurisdiction,Date,C1M_School closing"
    report, values = read(
        f"{head},{column},GovernmentResponseIndex_Average\n"
        "Mali,MLI,,,NAT_TOTAL,20200301,0,0,50\nMali,MLI,,,NAT_TOTAL,20200302,0,11.11,50\n"
        "Mali,MLI,,,NAT_TOTAL,20200401,0,,50\nNiger,NER,,,NAT_TOTAL,20200301,0,50,50\n"
    )
    assert counts(report) == (4, 2, 1, 0, 1)
    assert near(values, "stringency") == {("mali", "2020-03"): pytest.approx(5.555)}


def test_cases_of_the_who(read) -> None:
    report, values = read(
        "Date_reported,Country_code,Country,WHO_region,New_cases,Cumulative_cases,New_deaths,"
        "Cumulative_deaths\n"
        "2020-03-30,ML,Mali,AFR,3,3,0,0\n2020-03-31,ML,Mali,AFR,0,3,0,0\n"
        "2020-04-05,ML,Mali,AFR,,9,0,0\n2020-04-05,NE,Niger,AFR,8,8,0,0\n"
    )
    assert counts(report) == (4, 3, 0, 0, 1)
    assert near(values, "cases") == {("mali", "2020-03"): 3, ("mali", "2020-04"): 6}
