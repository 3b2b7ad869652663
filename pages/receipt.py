"""A receipt: how one number is made, and whether it is the same today."""

import streamlit as st

from analytics.publishing import receipts
from pages.shared import blocks
from pages.shared.answers import replayed
from pages.shared.session import lang, sees, words

st.title(words("receipt.title"), anchor=False)
st.markdown(words("receipt.lead"))


def hand_in() -> None:
    st.query_params["receipt"] = st.session_state["receipt-text"].strip()


text = st.query_params.get("receipt", "")
st.session_state["receipt-text"] = text
st.text_input(
    words("receipt.ask"),
    key="receipt-text",
    on_change=hand_in,
    help=words("receipt.ask_help"),
    max_chars=600,
)
if not text:
    st.info(words("receipt.none"))
    st.stop()

again = st.button(words("receipt.again"), help=words("receipt.again_help"))
told = replayed(text, again=again)
first, *rest = receipts.verdict(told, lang())
{"same": st.success, "changed": st.warning, "gone": st.error}[told.outcome](first)
st.markdown("  \n".join(rest))
st.markdown("\n".join(f"- {words('labelled', label=label, text=fact)}"
                      for label, fact in receipts.facts(told, lang())))  # fmt: skip
if told.build_id != told.current_id:
    st.caption(words("receipt.version_now", build=told.current_id))
st.caption(words(f"receipt.role.{told.receipt.selection.role}"))

if told.changes:
    st.header(words("receipt.changes"), anchor=False)
    header = [words(f"receipt.{name}") for name in ("cell", "name", "old", "new")]
    blocks.rows(header, [receipts.change_row(c, told, lang()) for c in told.changes],
                alt=words("receipt.changes"))  # fmt: skip

st.header(words("receipt.values"), anchor=False)
blocks.rows(*receipts.values(told, lang()), alt=words("receipt.values"))

for key, batches in (("batches_new", told.new), ("batches_gone", told.gone),
                     ("batches", told.batches)):  # fmt: skip
    if batches:
        st.header(words(f"receipt.{key}"), anchor=False)
        blocks.rows(*receipts.batches(batches, lang()), alt=words(f"receipt.{key}"))
if sees() == "public":
    st.caption(words("receipt.marks"))

if told.statements:
    with st.expander(words("receipt.sql"), icon=":material/database:"):
        st.caption(words("receipt.sql_note", count=len(told.statements)))
        for sql, values in told.statements:
            st.code(f"{sql}\n-- {values}" if values else sql, language="sql")

st.header(words("receipt.replay_code"), anchor=False)
role = "" if sees() == "public" else " --role staff"
st.code(f"python -m analytics receipt {text}{role}", language="bash")
