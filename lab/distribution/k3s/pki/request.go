package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// NewRequest asks for a certificate of a key: the signer decides on the subject, so that none is said.
func NewRequest(key crypto.Signer) ([]byte, error) {
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	return encode("CERTIFICATE REQUEST", request), err
}

// RequestedKey gives the public key of a request whose sender has shown that he has the private one.
func RequestedKey(encoded []byte) (crypto.PublicKey, error) {
	block, _ := pem.Decode(encoded)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, errors.New("there is no certificate request in PEM form")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return request.PublicKey, request.CheckSignature()
}
