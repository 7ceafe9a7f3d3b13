package oktasim

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A route is one operation of the API: its method and path template, the OAuth scope in Okta's description, and its
// handler.
type route struct {
	method, path string // an empty method means any
	scope        string // "" means that any token is sufficient; noToken, that none is needed
	serve        func(*call) answer
}

// noToken is the scope of operations that need no token. What these operations change ends with the process.
const noToken = "none"

func (rt route) open() bool { return rt.scope == noToken }

// template returns the name under which a request is counted. All unknown methods share one name, because otherwise a
// client could create any number of counters.
func (rt route) template(r *http.Request) string {
	method := rt.method
	switch {
	case method != "":
	case slices.Contains(apiMethods, r.Method):
		method = r.Method
	default:
		method = "OTHER"
	}
	return method + " " + rt.path
}

// changes reports whether the operation may change the org.
func (rt route) changes() bool { return rt.method != "" && rt.method != http.MethodGet && !rt.open() }

// apiMethods are the methods of the management API.
var apiMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// operations returns the routes that this org supports. The routes of a resource are next to their handlers. The
// scopes are from the security of the operations in Okta's OpenAPI description, 2024.06.1.
func operations() []route {
	return slices.Concat(
		userRoutes, userWriteRoutes, userLifecycleRoutes, userPasswordRoutes, sessionRoutes, factorRoutes, roleRoutes, userTypeRoutes,
		schemaRoutes, linkedRoutes, userRiskRoutes,
		groupRoutes, groupWriteRoutes, groupRuleRoutes, groupOwnerRoutes, policyRoutes, realmRoutes, authenticatorRoutes,
		logRoutes, zoneRoutes, deviceRoutes, eventHookRoutes, importRoutes,
		appRoutes, appUserRoutes, appGroupRoutes, appGrantRoutes, appLinkRoutes, appKeyRoutes, appPolicyRoutes,
	)
}

// routes returns the router. The paths of group rules have one of their own: the standard router refuses two patterns such as
// /groups/rules/{id} and /groups/{id}/roles, which share a path although neither is more specific than the other.
func (o *Org) routes() http.Handler {
	rules, others := http.NewServeMux(), http.NewServeMux()
	for pattern, serve := range o.patterns() {
		if strings.Contains(pattern, rulesPath) {
			rules.HandleFunc(pattern, serve)
		} else {
			others.HandleFunc(pattern, serve)
		}
	}
	rules.HandleFunc("/", o.serve(route{path: "(unknown)", serve: refusePath}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == rulesPath || strings.HasPrefix(r.URL.Path, rulesPath+"/") {
			rules.ServeHTTP(w, r)
		} else {
			others.ServeHTTP(w, r)
		}
	})
}

const rulesPath = "/api/v1/groups/rules"

// patterns returns all patterns of the router with their handlers.
func (o *Org) patterns() map[string]http.HandlerFunc {
	patterns := map[string]http.HandlerFunc{
		"/":               o.serve(route{path: "(unknown)", serve: refusePath}),
		"GET /{$}":        greet,
		"GET /-/dump":     local(o.serveDump),
		"GET /-/stats":    local(o.serveStats),
		"GET /-/requests": local(o.serveRequests),
		"GET /-/hooks":    local(o.serveHooks),
		"GET /-/faults":   local(o.serveFaults),
		"POST /-/faults":  local(o.replaceFaults),
		"POST /-/clock":   local(o.serveClock),
		"/-/":             local(http.NotFound),
	}
	for pattern, rt := range routed() {
		patterns[pattern] = o.serve(rt)
	}
	return patterns
}

// routed returns the routes of all orgs by their patterns, with those that refuse a method. They are computed once, since a test may create hundreds of
// orgs.
var routed = sync.OnceValue(func() map[string]route {
	patterns := map[string]route{}
	all := slices.Concat(operations(), oauthRoutes, metadataRoutes)
	for _, rt := range all {
		patterns[rt.method+" "+rt.path] = rt
	}
	for _, rt := range all {
		for _, method := range rt.refused(all) {
			pattern := strings.TrimSpace(method + " " + rt.path)
			if _, known := patterns[pattern]; !known {
				patterns[pattern] = route{path: rt.path, serve: refuseMethod}
			}
		}
	}
	return patterns
})

// refused returns the methods for which the path of a route is registered as one without an operation: "" for any method. A path such
// as /groups/rules, which also fits /groups/{id}, needs each method: the router refuses two patterns of which neither is more
// specific than the other.
func (rt route) refused(all []route) []string {
	for _, other := range all {
		if other.path != rt.path && other.fits(rt.path) {
			return apiMethods
		}
	}
	return []string{""}
}

// fits reports whether a path, which may have parameters itself, is one of those that the route's template describes.
func (rt route) fits(path string) bool {
	template, segments := strings.Split(rt.path, "/"), strings.Split(path, "/")
	return slices.EqualFunc(template, segments, func(part, segment string) bool {
		return part == segment || strings.HasPrefix(part, "{")
	})
}

func refuseMethod(c *call) answer {
	return c.refuse(http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method",
		"this simulated org does not support "+c.r.Method+" "+c.r.URL.EscapedPath())
}

func refusePath(c *call) answer {
	return c.refuse(http.StatusNotFound, "E0000008", "The requested path was not found",
		"this simulated org does not support "+c.r.Method+" "+c.r.URL.EscapedPath())
}
