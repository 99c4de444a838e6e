"""Outcomes + feedback -> confidence, ratings, and later calibration, KPIs and the weekly report."""
