"""The page as it is usually written: Streamlit, pandas and plotly.express over the ledger itself.

Only for comparison (see ``beside_the_usual.py``). It is written as such pages are, in good faith:
the file is read once and cached, the rest is done on each run. It has no intervals, no disclosure
rule and no second language.
"""

import os

import pandas as pd
import plotly.express as px
import streamlit as st

st.set_page_config(page_title="VSLA savings", layout="wide")


@st.cache_data
def load(path: str) -> pd.DataFrame:
    return pd.read_parquet(path)


ledger = load(os.environ["USUAL_LEDGER"])
st.title("Savings")
region = st.selectbox("Region", ["All", *sorted(ledger["region"].unique())])
rows = ledger if region == "All" else ledger[ledger["region"] == region]
rows = rows.sort_values("obs_date").drop_duplicates(["group_id", "quarter"], keep="last")
rows = rows.assign(members=rows["members_women"] + rows["members_men"])

for title, over, under in (
    ("Savings per member", "savings_cycle_xof", "members"),
    ("Attendance", "members_attending", "members"),
    ("Portfolio at risk", "loans_late_xof", "loans_outstanding_xof"),
):
    known = rows.dropna(subset=[over, under])
    sums = known.groupby("quarter")[[over, under]].sum().reset_index()
    sums[title] = sums[over] / sums[under]
    st.plotly_chart(px.line(sums, x="quarter", y=title, title=title), key=title)
