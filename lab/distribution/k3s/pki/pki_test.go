package pki

import (
	"bytes"
	"crypto/x509"
	"testing"
)

func TestServingCertificateIsForItsNamesOnly(t *testing.T) {
	authority := newAuthority(t)
	pair, err := authority.Issue(Subject{CommonName: "kube-apiserver", Names: []string{"localhost", "100.64.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	certificate := parse(t, pair.Certificate)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Certificate)
	for name, good := range map[string]bool{"localhost": true, "100.64.0.1": true, "100.64.0.2": false} {
		_, err := certificate.Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != good {
			t.Errorf("for %s: %v", name, err)
		}
	}
	if certificate.IsCA {
		t.Error("a server could sign certificates")
	}
}

func TestClientCertificateIsNoServers(t *testing.T) {
	pair, err := newAuthority(t).Issue(Subject{CommonName: "system:node:a", Organization: []string{"system:nodes"}})
	if err != nil {
		t.Fatal(err)
	}
	certificate := parse(t, pair.Certificate)
	if len(certificate.ExtKeyUsage) != 1 || certificate.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("it may be used for %v", certificate.ExtKeyUsage)
	}
}

func TestEnsureKeepsWhatIsGoodAndRenewsTheRest(t *testing.T) {
	folder, authority := Folder{Path: t.TempDir()}, newAuthority(t)
	ensure := func(by *Authority, names ...string) []byte {
		pair, err := folder.Ensure("serving", by, Subject{CommonName: "a", Names: names})
		if err != nil {
			t.Fatal(err)
		}
		return pair.Certificate
	}
	first := ensure(authority, "one")
	if !bytes.Equal(first, ensure(authority, "one")) {
		t.Error("a good certificate was made anew")
	}
	if bytes.Equal(first, ensure(authority, "one", "two")) {
		t.Error("a name was added, and the certificate kept")
	}
	if bytes.Equal(ensure(authority, "one"), ensure(newAuthority(t), "one")) {
		t.Error("another authority's certificate was kept")
	}
}

func TestRequestProvesThatTheKeyIsThere(t *testing.T) {
	key, _, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	request, err := NewRequest(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := RequestedKey(request); err != nil {
		t.Errorf("a good request: %v", err)
	}
	for name, bad := range map[string][]byte{"none": nil, "a certificate": newAuthority(t).Certificate} {
		if _, err := RequestedKey(bad); err == nil {
			t.Errorf("%s was taken for a request", name)
		}
	}
}

func TestAuthorityMustBeOne(t *testing.T) {
	pair, err := newAuthority(t).Issue(Subject{CommonName: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAuthority(pair); err == nil {
		t.Error("a client's certificate was taken for an authority's")
	}
}

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	authority, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func parse(t *testing.T, encoded []byte) *x509.Certificate {
	t.Helper()
	certificate, err := ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
