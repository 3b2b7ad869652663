"""Claims and the estimators behind them. Heavy packages load where something is estimated."""

from analytics.evidence.staggered import att

__all__ = ["att"]
