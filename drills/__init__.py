"""Drills: one failure after another in a running lab, while somebody writes to the cluster. `make drills`."""
