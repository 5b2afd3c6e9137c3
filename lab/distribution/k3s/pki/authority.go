// Package pki makes the cluster's certificate authorities, and certificates by them. Keys are ECDSA P-256, in PEM.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"time"
)

// How long an authority and a certificate are valid: those of the published k3s.
const (
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 365 * 24 * time.Hour
	renewBefore     = 120 * 24 * time.Hour
	clockSkew       = time.Hour
)

// Pair is a certificate with its key, both in PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Authority signs certificates.
type Authority struct {
	Pair
	certificate *x509.Certificate
	key         crypto.Signer
}

// Subject is what a certificate says of its owner. Names (host names or addresses) make it a server's, else a client's.
type Subject struct {
	CommonName   string
	Organization []string
	Names        []string
}

// NewAuthority makes an authority of its own.
func NewAuthority(name string) (*Authority, error) {
	key, encoded, err := NewKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               pkix.Name{CommonName: fmt.Sprintf("%s@%d", name, time.Now().Unix())},
		NotBefore:             time.Now().Add(-clockSkew),
		NotAfter:              time.Now().Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return OpenAuthority(Pair{Certificate: encode("CERTIFICATE", signed), Key: encoded})
}

// OpenAuthority reads an authority back. An error says what is wrong with the pair, without its content.
func OpenAuthority(pair Pair) (*Authority, error) {
	certificate, err := ParseCertificate(pair.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := ParseKey(pair.Key)
	if err != nil {
		return nil, err
	}
	if !certificate.IsCA {
		return nil, errors.New("the certificate is not an authority's")
	}
	return &Authority{Pair: pair, certificate: certificate, key: key}, nil
}

// Sign certifies a public key. The result is the certificate followed by the authority's.
func (a *Authority) Sign(public crypto.PublicKey, subject Subject) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: subject.CommonName, Organization: subject.Organization},
		NotBefore:    time.Now().Add(-clockSkew),
		NotAfter:     time.Now().Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if len(subject.Names) > 0 {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, name := range subject.Names {
		if address, err := netip.ParseAddr(name); err == nil {
			template.IPAddresses = append(template.IPAddresses, address.AsSlice())
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		return nil, err
	}
	return append(encode("CERTIFICATE", signed), a.Certificate...), nil
}

// Issue makes a key and its certificate.
func (a *Authority) Issue(subject Subject) (Pair, error) {
	key, encoded, err := NewKey()
	if err != nil {
		return Pair{}, err
	}
	certificate, err := a.Sign(key.Public(), subject)
	return Pair{Certificate: certificate, Key: encoded}, err
}

// Issued tells whether the authority signed this certificate, for the same subject, and it lasts for months yet.
func (a *Authority) Issued(certificate *x509.Certificate, subject Subject) bool {
	names := len(certificate.DNSNames) + len(certificate.IPAddresses)
	for _, name := range subject.Names {
		if certificate.VerifyHostname(name) != nil {
			return false
		}
	}
	return certificate.CheckSignatureFrom(a.certificate) == nil &&
		certificate.Subject.CommonName == subject.CommonName && names == len(subject.Names) &&
		time.Until(certificate.NotAfter) > renewBefore
}

// NewKey makes a key, and its PEM form.
func NewKey() (crypto.Signer, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalECPrivateKey(key)
	return key, encode("EC PRIVATE KEY", encoded), err
}

// ParseKey reads an EC key in PEM.
func ParseKey(encoded []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(encoded)
	if block == nil {
		return nil, errors.New("there is no key in PEM form")
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

// ParseCertificate reads the first certificate of a PEM file.
func ParseCertificate(encoded []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(encoded)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no certificate in PEM form")
	}
	return x509.ParseCertificate(block.Bytes)
}

func encode(kind string, content []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
}

func serial() *big.Int {
	number, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // never fails (crypto/rand)
	return number.Add(number, big.NewInt(1))
}
