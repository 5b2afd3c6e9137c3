"""Users' own sites, from settings alone: pods of an image, their data, and a host name."""
