package web

import "testing"

func TestADescriptionNamesEachHostThatGetsSecrets(t *testing.T) {
	t.Parallel()
	local, far := "http://127.0.0.1:8080/v1", "https://evil.example/token"
	client := func(tokenURL string) *auth { return &auth{ClientCredentials: &clientCredentials{TokenURL: tokenURL}} }
	for _, test := range []struct {
		config    config
		to, how   string
		simulated bool
	}{
		{config{BaseURL: "https://api.example.com/v1", Site: Site{Auth: &auth{Bearer: "x"}}}, "api.example.com", "bearer", false},
		{config{BaseURL: local, Site: Site{Simulated: true}}, "127.0.0.1:8080", "", true},
		{config{BaseURL: local}, "127.0.0.1:8080", "", false},
		{config{BaseURL: local, Site: Site{Simulated: true, Auth: client("http://127.0.0.1:8080/token")}}, "127.0.0.1:8080", "client_credentials", true},
		{config{BaseURL: local, Site: Site{Simulated: true, Auth: client(far)}}, "127.0.0.1:8080, and evil.example for access tokens", "client_credentials", false},
		{config{BaseURL: "https://api.example.com", Site: Site{Simulated: true, Auth: client(far)}}, "api.example.com, and evil.example for access tokens", "client_credentials", false},
		{config{BaseURL: "https://ok.example@evil.example/v1", Site: Site{Auth: &auth{Bearer: "x"}}}, `"…@evil.example/v1", which is not valid`, "", false},
		{config{BaseURL: "https://оk.example"}, "\"https://оk.example\", which is not valid", "", false},
		{config{}, "", "", false},
		{config{BaseURL: local, Site: Site{Simulated: true, Auth: client("https://оk.example/t")}}, "127.0.0.1:8080, and for access tokens to \"https://оk.example/t\", which is not valid", "client_credentials", false},
		{config{BaseURL: local, Site: Site{Simulated: true, Auth: client("://x")}}, `127.0.0.1:8080, and for access tokens to "://x", which is not valid`, "client_credentials", false},
	} {
		d := test.config.Describe()
		if d.To != test.to || d.SignsIn != test.how || d.Simulated != test.simulated {
			t.Errorf("%+v: got %+v", test.config, d)
		}
	}
}
