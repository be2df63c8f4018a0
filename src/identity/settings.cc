/// Identity's limits as settings of the workspace.

#include "identity/identity.h"
#include "identity/operations.h"

namespace solvent::identity {
std::vector<Setting> identity_settings() {
  const Limits usual;
  return {
      integer_setting("identity.scrypt_log2_n", usual.scrypt_log2_n, 10, 22,
                      "cost of a new password: 2^n KiB of memory to check it"),
      integer_setting("identity.passwords_at_once", usual.passwords_at_once, 1, 64,
                      "passwords checked at the same time; more are turned away"),
      integer_setting("identity.free_failures", usual.free_failures, 0, 1'000,
                      "wrong passwords of one name before it must wait"),
      integer_setting("identity.failure_wait_seconds_max", usual.failure_wait_max / kSecondUs, 1,
                      86'400, "longest wait after wrong passwords"),
      integer_setting("identity.session_minutes", usual.session_us / (60 * kSecondUs), 1, 525'600,
                      "minutes until a session of the page ends"),
      integer_setting("identity.tokens_cached_max", usual.cached_tokens_max, 1, 1e6,
                      "verified tokens kept in memory"),
      integer_setting("identity.scopes_max", usual.scopes_max, 1, 10'000,
                      "scopes of one principal or token"),
      integer_setting("identity.listed_max", usual.listed_max, 1, 1e6,
                      "principals or tokens of one list; more are counted"),
  };
}

Limits limits_of(const Settings& settings) {
  return {.scrypt_log2_n = settings.integer("identity.scrypt_log2_n"),
          .passwords_at_once = settings.integer("identity.passwords_at_once"),
          .free_failures = settings.integer("identity.free_failures"),
          .failure_wait_max = settings.integer("identity.failure_wait_seconds_max") * kSecondUs,
          .session_us = settings.integer("identity.session_minutes") * 60 * kSecondUs,
          .cached_tokens_max = settings.integer("identity.tokens_cached_max"),
          .scopes_max = settings.integer("identity.scopes_max"),
          .listed_max = settings.integer("identity.listed_max")};
}

}  // namespace solvent::identity
