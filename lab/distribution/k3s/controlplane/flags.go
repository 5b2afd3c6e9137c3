// Package controlplane knows how the programs of a server are started: kine, the API server, the controller manager and
// the scheduler; and which certificates they need.
package controlplane

import (
	"slices"
	"strings"
)

// flags are arguments of a Kubernetes program, by name.
type flags map[string]string

// with gives the arguments in order; those of the user come after, and replace ours of the same name.
func (f flags) with(user []string) []string {
	for _, argument := range user {
		name, _, _ := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		delete(f, name)
	}
	var all []string
	for name, value := range f {
		all = append(all, "--"+name+"="+value)
	}
	slices.Sort(all)
	for _, argument := range user {
		all = append(all, "--"+strings.TrimLeft(argument, "-"))
	}
	return all
}
