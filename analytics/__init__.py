"""She Leads in Crisis: the meaning of the evidence base, in plain Python.

Start reading at ``indicators/*.yaml`` (what is measured), then ``estimates`` (how) and
``disclosure`` (who may see it). Nothing here knows about the web interface.
"""

__version__ = "0.5.2"
