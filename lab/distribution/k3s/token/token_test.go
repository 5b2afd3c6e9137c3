package token

import (
	"strings"
	"testing"
)

var ca = []byte("a certificate authority")

func TestFullTokenComesApart(t *testing.T) {
	parsed, err := Parse(Format(ca, "server", "se:cret")+"\n", "node")
	if err != nil {
		t.Fatal(err)
	}
	if parsed.User != "server" || parsed.Password != "se:cret" || parsed.Verify(ca) != nil {
		t.Errorf("read %q for %q", parsed.Password, parsed.User)
	}
	if err := parsed.Verify([]byte("another")); err == nil || strings.Contains(err.Error(), "se:cret") {
		t.Errorf("another cluster's authority: %v", err)
	}
}

func TestBareTokenTrustsAnyAuthority(t *testing.T) {
	for text, user := range map[string]string{"secret": "node", "server:secret": "server", "node:secret": "node"} {
		parsed, err := Parse(text, "node")
		if err != nil || parsed.User != user || parsed.Password != "secret" || parsed.Verify(ca) != nil {
			t.Errorf("%q: user %q, %v", text, parsed.User, err)
		}
	}
}

func TestMalformedTokensAreRefusedWithoutShowingThem(t *testing.T) {
	for _, text := range []string{
		"", " \n", "K10abc::server:secret", "K10" + Hash(ca) + ":server:secret", "K10" + Hash(ca) + "::other:secret",
		Format(ca, "server", ""),
	} {
		if _, err := Parse(text, "node"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRandomTokensDiffer(t *testing.T) {
	if one, other := Random(), Random(); one == other || len(one) != 32 {
		t.Errorf("made %q and %q", one, other)
	}
}
