"""What a stack costs: what is free and must stay so, and what is to be expected of a month."""
