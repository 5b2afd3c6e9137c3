package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"slices"
)

// content is what the files said when they were read.
type content struct {
	zones   map[string]string // zone IDs by domain
	records map[string]record
	clients map[string]*tls.Certificate // client certificates for origins, by zone ID
}

// record is any resource of the account. Its fields have the names of the published provider's outputs.
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

// addresses returns the addresses of a name's records in a zone. If one record is proxied, all count as proxied.
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
	slices.SortFunc(origins, netip.Addr.Compare) // a stable order, so that the origins take turns
	return origins, proxied
}

// mode returns the zone's setting ssl. A new zone has "full".
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

// client returns the zone's newest client certificate for origins, if authenticated origin pulls are enabled.
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
		return nil // the account has no resources yet
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
