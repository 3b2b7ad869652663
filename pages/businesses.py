"""Businesses: what women kept open, what a crisis cost, how they recovered, what they changed."""

from analytics.views import businesses
from pages.shared import page

page.show("businesses", businesses.show)
