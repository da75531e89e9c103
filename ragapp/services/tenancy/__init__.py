"""Organisations and their people: roles, invitations, plans, limits, features, erasure."""
