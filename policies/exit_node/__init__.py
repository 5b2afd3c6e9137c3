"""No cluster node may use or offer an exit node: it would take pods' packets away from the cluster.

`sources.py` names the texts that matter, `contents.py` decodes them, `script.py` leaves out what only mentions a flag,
`variables.py` puts values in. The overlay's folder knows what an exit node looks like.
"""
