"""Impact: what women's groups did in crises, as a short story of computed findings."""

from analytics.views import impact
from pages.shared import page

page.show("impact", impact.show, role="public")
