"""The system: a folder or file for each thing in the picture, each a component. Nothing here knows of the lab."""
