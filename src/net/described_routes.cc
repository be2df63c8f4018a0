#include "net/described_routes.h"

namespace solvent::net {
namespace {

/// OpenAPI 3.1 path items.
constexpr std::string_view kPaths =
    R"json({
 "/api/uploads": {
  "post": {
   "operationId": "upload_begin",
   "summary": "Begin an upload: say what is coming, hear what is missing",
   "description": "A local file or tree goes to an operation in three steps: this )json"
    R"json(manifest; a PUT of each digest that the answer calls missing; then the )json"
    R"json(operation itself, with {\"upload\": id, \"given\": name} where its )json"
    R"json(parameter is a file or a tree. Nothing is missing that you may read here )json"
    R"json(or have sent before with this token. An upload ends an hour after its last use.",
   "tags": ["upload"],
   "requestBody": {
    "required": true,
    "content": {
     "application/json": {
      "schema": {
       "type": "object",
       "required": ["files"],
       "properties": {
        "files": {
         "type": "array",
         "items": {
          "type": "object",
          "required": ["size", "digest"],
          "properties": {
           "path": {
            "type": "string",
            "maxLength": 4096,
            "description": "relative, of plain segments; in UTF-8"
           },
           "path_base64": {
            "type": "string",
            "description": "instead of path, where its bytes are no UTF-8"
           },
           "size": {"type": "integer", "minimum": 0, "description": "bytes"},
           "digest": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "BLAKE3 of the content"
           },
           "executable": {"type": "boolean", "default": false}
          }
         }
        },
        "folders": {
         "type": "array",
         "description": "that are there though no file is in them",
         "items": {
          "type": "object",
          "properties": {
           "path": {"type": "string", "maxLength": 4096},
           "path_base64": {"type": "string"}
          }
         }
        }
       }
      }
     }
    }
   },
   "responses": {
    "201": {
     "description": "the upload is begun",
     "content": {
      "application/json": {
       "schema": {
        "type": "object",
        "required": ["upload", "missing"],
        "properties": {
         "upload": {"type": "string", "description": "its id"},
         "missing": {
          "type": "array",
          "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}
         }
        }
       }
      }
     }
    },
    "400": {"$ref": "#/components/responses/Error"},
    "401": {"$ref": "#/components/responses/Error"},
    "403": {"$ref": "#/components/responses/Error"},
    "429": {"$ref": "#/components/responses/Error"},
    "default": {"$ref": "#/components/responses/Error"}
   }
  }
 },
 "/api/uploads/{upload}/{digest}": {
  "put": {
   "operationId": "upload_put",
   "summary": "Send the bytes of one digest",
   "description": "They are read as they come and must be what the digest says. )json"
    R"json(Sending one again is fine.",
   "tags": ["upload"],
   "parameters": [
    {
     "name": "upload",
     "in": "path",
     "required": true,
     "description": "as its beginning said",
     "schema": {"type": "string", "minLength": 1}
    },
    {
     "name": "digest",
     "in": "path",
     "required": true,
     "description": "one of the missing",
     "schema": {"type": "string", "minLength": 1}
    }
   ],
   "requestBody": {"required": true, "content": {"application/octet-stream": {}}},
   "responses": {
    "204": {"description": "they are kept"},
    "400": {"$ref": "#/components/responses/Error"},
    "401": {"$ref": "#/components/responses/Error"},
    "403": {"$ref": "#/components/responses/Error"},
    "404": {"$ref": "#/components/responses/Error"},
    "408": {"$ref": "#/components/responses/Error"},
    "429": {"$ref": "#/components/responses/Error"},
    "default": {"$ref": "#/components/responses/Error"}
   }
  }
 },
 "/api/signin": {
  "post": {
   "operationId": "page_signin",
   "summary": "Sign a browser in: the answer sets the session cookie",
   "description": "With a name and its password, or with a token. Programs need no )json"
    R"json(cookie: they send a token as bearer; POST /api/sessions makes one from )json"
    R"json(name and password.",
   "tags": ["page"],
   "security": [{}],
   "requestBody": {
    "required": true,
    "content": {
     "application/json": {
      "schema": {
       "oneOf": [
        {
         "type": "object",
         "required": ["name", "password"],
         "properties": {
          "name": {"type": "string", "minLength": 1},
          "password": {"type": "string", "format": "password"}
         }
        },
        {
         "type": "object",
         "required": ["token"],
         "properties": {"token": {"type": "string", "minLength": 1}}
        }
       ]
      }
     }
    }
   },
   "responses": {
    "200": {
     "description": "signed in",
     "headers": {
      "Set-Cookie": {
       "description": "solvent_session: HttpOnly, SameSite=Strict, for twelve hours",
       "schema": {"type": "string"}
      }
     },
     "content": {
      "application/json": {
       "schema": {
        "type": "object",
        "required": ["principal"],
        "properties": {"principal": {"type": "string", "description": "who you are now"}}
       }
      }
     }
    },
    "400": {"$ref": "#/components/responses/Error"},
    "401": {"$ref": "#/components/responses/Error"},
    "default": {"$ref": "#/components/responses/Error"}
   }
  }
 },
 "/api/signout": {
  "post": {
   "operationId": "page_signout",
   "summary": "Sign a browser out: its session ends and its cookie goes",
   "description": "The cookie goes whatever becomes of the session behind it; )json"
    R"json(without one there is nothing to do.",
   "tags": ["page"],
   "responses": {
    "200": {
     "description": "signed out",
     "headers": {
      "Set-Cookie": {"description": "solvent_session, ended", "schema": {"type": "string"}}
     },
     "content": {"application/json": {"schema": {"type": "object"}}}
    },
    "default": {"$ref": "#/components/responses/Error"}
   }
  }
 }
})json";

}  // namespace

Json described_routes() {
  return MUST(parse_json(kPaths));
}

}  // namespace solvent::net
