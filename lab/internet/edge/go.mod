module tailnet-k3s/edge

go 1.26
