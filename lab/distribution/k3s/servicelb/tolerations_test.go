package servicelb

import (
	"slices"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

func TestPodsTolerateWhatTheServiceSays(t *testing.T) {
	for given, want := range map[string][]toleration{
		"":                          nil,
		`[{"key":"a","value":"b"}]`: {{Key: "a", Value: "b"}},
		"- {key: a, operator: Exists, effect: NoSchedule}": {{Key: "a", Operator: "Exists", Effect: "NoSchedule"}},
		"operator: Exists": nil, // no list
	} {
		service := kubeapi.Service{Metadata: kubeapi.Metadata{Annotations: map[string]string{tolerationsAnnotation: given}}}
		if got := tolerations(service); !slices.Equal(got, append(want, always...)) {
			t.Errorf("%s: %v", given, got)
		}
	}
}
