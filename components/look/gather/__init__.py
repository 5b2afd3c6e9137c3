"""The parts of the script that runs on hosts. gatherer.py joins them. They need Python 3.9 and its standard library.

A function with the name of a fact returns that fact: see facts.py. No function changes anything on the host.
"""
