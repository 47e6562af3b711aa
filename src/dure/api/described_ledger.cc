#include "dure/api/described_ledger.h"

namespace dure::api {

std::string_view ledger_schemas_text() {
  return R"json({
"Credits": {"type": "string", "description": "exact, with at most 6 decimals: 12.5"},
"LedgerDocument": {"type": "object", "description": "rates, programmes and grants, as YAML or JSON: docs/operating/programmes.md"},
"Booked": {"type": "object", "required": ["changes", "grants", "sequence"], "properties": {
  "changes": {"type": "array", "items": {"type": "string"}},
  "grants": {"type": "array", "description": "the numbers of what was awarded", "items": {"type": "integer"}},
  "sequence": {"type": "integer"}}},
"Reason": {"type": "object", "required": ["why"], "properties": {"why": {"type": "string", "maxLength": 1000}}},
"Refund": {"type": "object", "required": ["credits", "why"], "properties": {
  "credits": {"$ref": "#/components/schemas/Credits"}, "why": {"type": "string", "maxLength": 1000}}},
"AppealDecision": {"type": "object", "required": ["granted", "why"], "properties": {
  "granted": {"type": "boolean"}, "why": {"type": "string", "maxLength": 1000}}},
"Programmes": {"type": "object", "required": ["rates", "programmes"], "properties": {
  "rates": {"type": "array", "description": "the first table is what holds now", "items": {
    "type": "object", "required": ["from", "per_hour"], "properties": {
    "from": {"type": "string", "format": "date-time"},
    "per_hour": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Credits"}}}}},
  "programmes": {"type": "array", "items": {"type": "object",
    "required": ["name", "tenant", "overrun", "emergency", "use", "isolation", "burst"], "properties": {
    "name": {"type": "string"}, "tenant": {"type": "string"},
    "overrun": {"enum": ["refuse", "finish", "borrow", "debt"]}, "debt": {"$ref": "#/components/schemas/Credits"},
    "emergency": {"type": "boolean"}, "hours": {"type": "string"}, "isolation": {"enum": ["shared", "gpu", "node"]},
    "burst": {"type": "boolean", "description": "awarded cards do not bound how many are used at once"},
    "use": {"type": "array", "items": {"type": "object", "properties": {
      "at_percent": {"type": "integer"}, "least_percent": {"type": "integer"},
      "second_notice_s": {"type": "integer"}, "appeal_s": {"type": "integer"}}}}}}}}},
"Step": {"type": "object", "required": ["at", "text"], "properties": {
  "at": {"type": "string", "format": "date-time"}, "text": {"type": "string"},
  "by": {"type": "string", "description": "left out where it was the rules"}, "why": {"type": "string"}}},
"Award": {"type": "object", "description": "a grant of credits",
  "required": ["id", "programme", "tenant", "status", "kinds", "from", "to", "awarded", "free", "held", "spent", "lapsed",
               "waived", "used", "even_use"], "properties": {
  "id": {"type": "integer"}, "programme": {"type": "string"}, "tenant": {"type": "string"},
  "status": {"enum": ["awarded", "active", "warned", "reduced", "closed", "settled"]},
  "kinds": {"type": "array", "description": "none: any", "items": {"type": "string"}},
  "cards": {"type": "integer", "description": "at most at once"}, "cards_awarded": {"type": "integer"},
  "from": {"type": "string", "format": "date-time"}, "to": {"type": "string", "format": "date-time"},
  "awarded": {"$ref": "#/components/schemas/Credits"}, "free": {"$ref": "#/components/schemas/Credits"},
  "held": {"$ref": "#/components/schemas/Credits"}, "spent": {"$ref": "#/components/schemas/Credits"},
  "lapsed": {"$ref": "#/components/schemas/Credits"}, "waived": {"$ref": "#/components/schemas/Credits"},
  "used": {"type": "string", "description": "spent, waived, and what runs"},
  "even_use": {"type": "string", "description": "what would have been used by now at an even pace"},
  "call": {"type": "string"}, "application": {"type": "string"},
  "notice": {"type": "object", "properties": {
    "number": {"type": "integer"}, "first": {"type": "string", "format": "date-time"},
    "appeal": {"enum": ["none", "filed", "granted", "refused"]},
    "appeal_until": {"type": "string", "format": "date-time"},
    "at_percent": {"type": "integer"}, "least_percent": {"type": "integer"}}},
  "lots": {"type": "array", "items": {"type": "object", "properties": {
    "from": {"type": "string", "format": "date-time"}, "to": {"type": "string", "format": "date-time"},
    "state": {"enum": ["to come", "open", "over"]},
    "awarded": {"$ref": "#/components/schemas/Credits"}, "free": {"$ref": "#/components/schemas/Credits"},
    "held": {"$ref": "#/components/schemas/Credits"}, "spent": {"$ref": "#/components/schemas/Credits"},
    "lapsed": {"$ref": "#/components/schemas/Credits"}}}},
  "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}}}},
"Awards": {"type": "object", "required": ["grants"], "properties": {
  "grants": {"type": "array", "items": {"$ref": "#/components/schemas/Award"}}}},
"Balance": {"type": "object", "required": ["tenant", "programme", "balance", "free", "held"], "properties": {
  "tenant": {"type": "string"}, "programme": {"type": "string"},
  "balance": {"type": "string", "description": "free and held, of what is to come too, less what is owed"},
  "free": {"type": "string", "description": "to be spent now"}, "held": {"$ref": "#/components/schemas/Credits"},
  "owed": {"$ref": "#/components/schemas/Credits"}, "first_lapses": {"type": "string", "format": "date-time"}}},
"Balances": {"type": "object", "required": ["balances"], "properties": {
  "balances": {"type": "array", "items": {"$ref": "#/components/schemas/Balance"}}}},
"Statements": {"type": "object", "required": ["statements"], "properties": {
  "statements": {"type": "array", "items": {"type": "object", "required": ["tenant", "programme", "balance", "months"],
    "properties": {
    "tenant": {"type": "string"}, "programme": {"type": "string"}, "balance": {"$ref": "#/components/schemas/Credits"},
    "free": {"$ref": "#/components/schemas/Credits"}, "held": {"$ref": "#/components/schemas/Credits"},
    "owed": {"$ref": "#/components/schemas/Credits"}, "first_lapses": {"type": "string", "format": "date-time"},
    "months": {"type": "array", "items": {"type": "object", "properties": {
      "month": {"type": "string"}, "opening": {"$ref": "#/components/schemas/Credits"},
      "awarded": {"$ref": "#/components/schemas/Credits"}, "charged": {"$ref": "#/components/schemas/Credits"},
      "refunded": {"$ref": "#/components/schemas/Credits"}, "lapsed": {"$ref": "#/components/schemas/Credits"},
      "reduced": {"$ref": "#/components/schemas/Credits"}, "closing": {"$ref": "#/components/schemas/Credits"},
      "pools": {"type": "array", "items": {"type": "object", "properties": {
        "pool": {"type": "string"}, "kind": {"type": "string"}, "runs": {"type": "integer"},
        "hours": {"type": "number", "description": "of devices"}, "charged": {"$ref": "#/components/schemas/Credits"},
        "waived": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Credits"}}}}}}}}}}}}},
"Loans": {"type": "object", "required": ["loans", "owners"], "properties": {
  "loans": {"type": "array", "items": {"type": "object", "properties": {
    "month": {"type": "string"}, "pool": {"type": "string"},
    "lender": {"type": ["string", "null"], "description": "null: what is nobody's share"}, "borrower": {"type": "string"},
    "reason": {"enum": ["idle", "burst", "emergency"]}, "hours": {"type": "number"},
    "reclaims": {"type": "object", "properties": {
      "times": {"type": "integer"}, "late": {"type": "integer"}, "promised_s": {"type": "integer"},
      "longest_s": {"type": "integer"}, "mean_s": {"type": "number"}}}}}},
  "owners": {"type": "array", "items": {"type": "object", "properties": {
    "owner": {"type": "string"}, "lent_hours": {"type": "number"}, "borrowed_hours": {"type": "number"},
    "net_hours": {"type": "number"}}}}}},
"CallDocument": {"type": "object", "description": "docs/operating/rounds.md, without applications; YAML or JSON"},
"ApplicationDocument": {"type": "object", "description": "docs/operating/rounds.md, without a score; YAML or JSON"},
"Application": {"type": "object", "required": ["name", "tenant", "asks", "months", "status", "text"], "properties": {
  "name": {"type": "string"}, "tenant": {"type": "string"}, "months": {"type": "integer"}, "by": {"type": "string"},
  "asks": {"type": "array", "items": {"type": "object", "properties": {
    "kind": {"type": "string"}, "cards": {"type": "integer"}}}},
  "status": {"enum": ["filed", "reviewed", "awarded", "waiting", "refused"]}, "text": {"type": "string"},
  "score": {"type": "string"}, "why_not": {"type": "string"},
  "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}}}},
"Call": {"type": "object", "required": ["name", "programme", "from", "is_decided"], "properties": {
  "name": {"type": "string"}, "programme": {"type": "string"}, "from": {"type": "string", "format": "date-time"},
  "is_decided": {"type": "boolean"}, "application_count": {"type": "integer"}, "text": {"type": "string"},
  "applications": {"type": "array", "items": {"$ref": "#/components/schemas/Application"}}}},
"Calls": {"type": "object", "required": ["calls"], "properties": {
  "calls": {"type": "array", "items": {"$ref": "#/components/schemas/Call"}}}},
"Review": {"type": "object", "required": ["score", "why"], "properties": {
  "score": {"type": "string", "description": "from 0 to 1000, with at most 2 decimals"},
  "why": {"type": "string", "maxLength": 1000}}},
"CallDecision": {"type": "object", "required": ["awarded", "waiting"],
  "description": "names each application once; who waits, in the order of what is taken back from others", "properties": {
  "awarded": {"type": "array", "items": {"type": "object", "required": ["application", "kind", "cards"], "properties": {
    "application": {"type": "string"}, "kind": {"type": "string"}, "cards": {"type": "integer"}}}},
  "waiting": {"type": "array", "items": {"type": "object", "required": ["application", "why"], "properties": {
    "application": {"type": "string"}, "why": {"type": "string", "maxLength": 1000}}}},
  "why": {"type": "string", "maxLength": 1000}}},
"JobCredits": {"type": "object", "properties": {
  "held": {"type": "string", "description": "set aside for it: what it costs at most"},
  "per_hour": {"$ref": "#/components/schemas/Credits"}, "is_borrowed": {"type": "boolean"},
  "charged": {"type": "string", "description": "of its last run, as the next two"},
  "waived": {"$ref": "#/components/schemas/Credits"}, "waived_for": {"type": "string"}}},
"Public": {"type": "object", "required": ["gpus", "gpus_in_use", "programmes", "lent_hours"], "properties": {
  "gpus": {"type": "integer"}, "gpus_in_use": {"type": "number"}, "lent_hours": {"type": "number"},
  "programmes": {"type": "array", "items": {"type": "object", "properties": {
    "name": {"type": "string"}, "awards": {"type": "integer"}, "credits": {"$ref": "#/components/schemas/Credits"}}}}}}
})json";
}

}  // namespace dure::api
