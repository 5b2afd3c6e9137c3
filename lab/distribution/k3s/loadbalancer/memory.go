package loadbalancer

import (
	"encoding/json"
	"os"
)

// memory is what the state file holds.
type memory struct {
	ServerURL       string   `json:"ServerURL"`
	ServerAddresses []string `json:"ServerAddresses"`
}

// remembered gives the servers of an earlier run, if the agent joined by the same address then.
func remembered(path, fallback string) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var known memory
	if json.Unmarshal(content, &known) != nil || known.ServerURL != "https://"+fallback {
		return nil
	}
	return known.ServerAddresses
}

// remember writes the file in one step. Not to be able to is no reason to stop: it serves the next start only.
func remember(path, fallback string, addresses []string) {
	content, err := json.Marshal(memory{ServerURL: "https://" + fallback, ServerAddresses: addresses})
	if err != nil {
		return
	}
	if os.WriteFile(path+".new", content, 0o600) == nil {
		_ = os.Rename(path+".new", path)
	}
}
