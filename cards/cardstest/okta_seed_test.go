package cardstest_test

// oktaSeed is the seed of the org on which every example runs.
const oktaSeed = `
attributes: {badge: integer, tags: array}
users:
  - {id: 00u1, login: ada@acme.example, firstName: Ada, lastName: Lovelace, profile: {mobilePhone: "+49 30 1"}}
  - {id: 00u2, login: bob@acme.example, firstName: Bob, lastName: Marsh}
  - {id: 00u3, login: staged@acme.example, firstName: Sten, lastName: Berg, status: STAGED}
  - {id: 00u4, login: suspended@acme.example, firstName: Sue, lastName: Penn, status: SUSPENDED}
  - {id: 00u5, login: locked@acme.example, firstName: Lou, lastName: Key, status: LOCKED_OUT}
  - {id: 00u6, login: expired@acme.example, firstName: Ed, lastName: Pike, status: PASSWORD_EXPIRED}
  - {id: 00u7, login: invited@acme.example, firstName: Ivy, lastName: Teal, status: PROVISIONED}
  - {id: 00u8, login: former@acme.example, firstName: Fay, lastName: Gone, status: DEPROVISIONED}
  - {id: 00u20000000000000000, login: long@acme.example, firstName: Lo, lastName: Ng}
groups:
  - {id: 00g1, name: Contractors, members: [ada@acme.example], profile: {floor: 2}}
  - {id: 00g2, name: Night shift, profile: {costCenter: "9"}}
  - {id: 00g3, name: Visitors}
zones:
  - {id: nzo1, name: Head office, type: IP, usage: POLICY, gateways: [{type: CIDR, value: 192.0.2.0/24}]}
  - {id: nzo2, name: Old office, type: IP, usage: POLICY, status: INACTIVE}
event_hooks:
  - {id: who1, name: Joiners, events: {type: EVENT_TYPE, items: [user.lifecycle.create]}, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/joiners"}}}
  - {id: who2, name: Leavers, status: INACTIVE, events: {type: EVENT_TYPE, items: [user.lifecycle.deactivate]}, channel: {type: HTTP, version: 1.0.0, config: {uri: "https://hooks.acme.example/leavers"}}}
sessions:
  - {user: ada@acme.example}
factors:
  - {id: sms1, user: ada@acme.example, factorType: sms, profile: {phoneNumber: "+49301"}}
  - {id: fpr1, user: ada@acme.example, factorType: webauthn, provider: FIDO}
roles:
  - {id: ra11, user: ada@acme.example, type: USER_ADMIN}
  - {id: ra12, group: Contractors, type: REPORT_ADMIN}
linkedObjects:
  - {primary: {name: manager, title: Manager}, associated: {name: subordinate, title: Subordinate}}
risks:
  - {user: ada@acme.example, riskLevel: LOW, reason: New phone}
devices:
  - {id: guo1, profile: {displayName: Ada's laptop, platform: MACOS, registered: true}}
  - {id: guo2, profile: {displayName: Bob's phone, platform: IOS, registered: true}, status: SUSPENDED}
  - {id: guo3, profile: {displayName: Old laptop, platform: WINDOWS, registered: true}, status: DEACTIVATED}
device_users:
  - {device: guo1, user: ada@acme.example, managementStatus: MANAGED, screenLockType: BIOMETRIC}
group_rules:
  - {id: 0pr1, name: Sales people, conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.lastName == "Marsh"'}, people: {users: {exclude: [ada@acme.example]}}}, actions: {assignUserToGroups: {groupIds: [Visitors]}}}
  - {id: 0pr2, name: Guests, conditions: {expression: {type: "urn:okta:expression:1.0", value: 'user.lastName == "Nobody"'}}, actions: {assignUserToGroups: {groupIds: [Visitors]}}, status: ACTIVE}
group_owners:
  - {group: Contractors, user: ada@acme.example}
  - {group: Contractors, owner: Visitors}
policies:
  - {id: 00p1, name: Contractors' passwords, type: PASSWORD, conditions: {people: {groups: {include: [Contractors]}}, authProvider: {provider: OKTA}}}
policy_rules:
  - {id: 0pq1, policy: Contractors' passwords, name: Everywhere, conditions: {network: {connection: ANYWHERE}}}
realms:
  - {id: guor1, profile: {name: Car Co, domains: [car.example]}}
authenticators:
  - {id: aut1, key: okta_verify, name: Okta Verify}
links:
  - {user: suspended@acme.example, relationship: manager, primary: ada@acme.example}
`
