"""Voice: who sits where crises are decided, who speaks and decides, how women leaders are seen."""

from analytics.views import voice
from pages.shared import page

page.show("voice", voice.show)
