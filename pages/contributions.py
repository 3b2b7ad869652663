"""Contributions: what women's groups gave in crises, for whom, worth how much, how we know."""

from analytics.views import contributions
from pages.shared import page

page.show("contributions", contributions.show)
