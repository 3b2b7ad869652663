"""Briefs: claims, estimates and the campaign's records put together into documents."""
