"""What is measured of the lab, as ratios within one run: seconds on one computer say nothing of another."""
