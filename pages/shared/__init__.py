"""The only other Streamlit code: session, filters, blocks, server."""
