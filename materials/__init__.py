"""What a stack is made of: a software bill of materials (SBOM), for those who look for known faults in it."""
