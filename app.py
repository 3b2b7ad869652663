"""Entry point of the application: ``streamlit run app.py``.

One file, two lives. Streamlit imports it once, as module ``app``, to find the server; then it
runs it as ``__main__`` for every visitor and every click. Tests run only the second:
``AppTest.from_file("app.py")``.
"""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":
    from pages.shared import shell

    shell.main()
else:
    from analytics.settings import settings
    from pages.shared import routes, server, warmup

    app = st.App(
        __file__,
        routes=routes.routes(),
        middleware=server.middleware(
            hosts=server.allowed_hosts(
                settings().hosts,
                settings().public_url,
                st.get_option("browser.serverAddress"),
                st.get_option("server.address"),
            )
        ),
        lifespan=warmup.lifespan,
        on_script_error=warmup.on_script_error,
    )
