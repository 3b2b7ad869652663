"""The campaign: consultations, axes, plan, demands, answers, allies; the call to action."""
