// A SCIM server for tests: SCIMMY, with users and groups in memory. It listens on a free port of the loopback interface, prints the base URL, and
// ends when its standard input is closed. SCIM_TOKEN is the bearer token that it demands. /-/requests has the requests so far, and /-/state users and groups,
// one a line.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const {Resources, Schemas, Types} = SCIMMY;

// store keeps the resources of a type. label is the attribute that identifies them to people.
class Store {
    resources = new Map();
    made = 0;

    constructor(kind, label, unique, seen = (resource) => resource) {
        Object.assign(this, {kind, label, unique, seen});
    }

    find(id) {
        const found = this.resources.get(id);
        if (!found) throw new Types.Error(404, null, `Resource ${id} not found`);
        return found;
    }

    read({id, filter}) {
        if (id) return this.seen(this.find(id));
        const all = [...this.resources.values()].map(this.seen);
        return filter ? filter.match(all) : all;
    }

    write({id}, given) {
        const before = id && this.find(id);
        const same = (other) => other.id !== id && other[this.label].toLowerCase() === given[this.label].toLowerCase();
        if (this.unique && [...this.resources.values()].some(same)) throw new Types.Error(409, "uniqueness", `${this.label} is already taken`);
        const now = new Date().toISOString();
        const resource = {
            ...JSON.parse(JSON.stringify(given)),
            id: id ?? `${this.kind}-${++this.made}`,
            meta: {created: before?.meta.created ?? now, lastModified: now},
        };
        this.resources.set(resource.id, resource);
        return this.seen(resource);
    }

    remove({id}) {
        this.find(id);
        this.resources.delete(id);
    }
}

const groups = new Store("group", "displayName", false);
const users = new Store("user", "userName", true, (user) => {
    const of = [...groups.resources.values()].filter(({members}) => members?.some(({value}) => value === user.id));
    return {...user, groups: of.map(({id, displayName}) => ({value: id, display: displayName}))};
});

function declare(Resource, store) {
    Resources.declare(Resource)
        .ingress((resource, given) => store.write(resource, given))
        .egress((resource) => store.read(resource))
        .degress((resource) => store.remove(resource));
}
declare(Resources.User.extend(Schemas.EnterpriseUser, false), users);
declare(Resources.Group, groups);

const requests = [];
const app = express();
app.get("/-/requests", (_, response) => response.json(requests));
app.get("/-/state", (_, response) => {
    const people = [...users.resources.values()].map(({id, meta, schemas, ...user}) => JSON.stringify(user));
    const teams = [...groups.resources.values()].map(({displayName, externalId, members = []}) =>
        JSON.stringify({displayName, externalId, members: members.map(({value}) => users.find(value).userName).sort()}));
    response.type("text").send([...people, ...teams].sort().map((line) => line + "\n").join(""));
});
app.use(({method, originalUrl}, _, next) => {
    requests.push({method, uri: originalUrl});
    next();
});
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.env.SCIM_TOKEN}`) throw new Error("unknown token");
        return "tests";
    },
}));

const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim/v2`));
process.stdin.on("close", () => process.exit()).resume();
