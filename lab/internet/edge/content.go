package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"slices"
)

// content is what the files said at one moment.
type content struct {
	zones   map[string]string // ids by domain
	records map[string]record
	clients map[string]*tls.Certificate // by zone id, where origins are to be shown one
}

// record is any resource of the account; the names are those of the published provider's outputs.
type record struct {
	Kind        string `json:"_type"`
	Name        string `json:"_name"`
	ZoneID      string `json:"zoneId"`
	Type        string `json:"type"`
	Content     string `json:"content"`
	Proxied     bool   `json:"proxied"`
	SettingID   string `json:"settingId"`
	Value       any    `json:"value"`
	Enabled     *bool  `json:"enabled"`
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"privateKey"`
	UploadedOn  string `json:"uploadedOn"`
}

// addresses are those of a name's records in a zone. One that is proxied makes all of them so.
func (c *content) addresses(zone, name string) (origins []netip.Addr, proxied bool) {
	for _, each := range c.records {
		if each.Kind != "dns_record" || each.ZoneID != zone || each.Name != name {
			continue
		}
		if address, err := netip.ParseAddr(each.Content); err == nil && (each.Type == "A" || each.Type == "AAAA") {
			origins = append(origins, address)
			proxied = proxied || each.Proxied
		}
	}
	slices.SortFunc(origins, netip.Addr.Compare) // a map has no order of its own, and every origin is to have its turn
	return origins, proxied
}

// mode is how origins of a zone are spoken with: as a new zone's, until somebody sets it.
func (c *content) mode(zone string) string {
	if value, ok := c.records[zone+"/ssl"].Value.(string); ok {
		return value
	}
	return "full"
}

func readContent(zones, resources string) (*content, error) {
	read := &content{clients: map[string]*tls.Certificate{}}
	if err := readJSON(zones, &read.zones); err != nil {
		return nil, err
	}
	if err := readJSON(resources, &read.records); err != nil {
		return nil, err
	}
	for _, id := range read.zones {
		client, err := read.client(id)
		if err != nil {
			return nil, err
		}
		if client != nil {
			read.clients[id] = client
		}
	}
	return read, nil
}

// client is the certificate that was uploaded last for a zone, if authenticated origin pulls are on there.
func (c *content) client(zone string) (*tls.Certificate, error) {
	if on := c.records[zone+"/origin_tls_client_auth"].Enabled; on == nil || !*on {
		return nil, nil
	}
	var newest record
	for _, each := range c.records {
		if each.Kind == "origin_pulls_certificate" && each.ZoneID == zone && each.UploadedOn > newest.UploadedOn {
			newest = each
		}
	}
	if newest.Certificate == "" {
		return nil, nil
	}
	pair, err := tls.X509KeyPair([]byte(newest.Certificate), []byte(newest.PrivateKey))
	return &pair, err
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was made yet
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
