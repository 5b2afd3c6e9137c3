"""A user's own sites, from the settings alone: pods of an image, their data, and the name by which visitors ask."""
