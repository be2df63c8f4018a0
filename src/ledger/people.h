/// Owners whom git or CODEOWNERS named, in the books: how their names are erased. Pure functions of
/// a Tx.
#pragma once

#include "identity/people.h"

namespace solvent::ledger {

/// For `person forget`: a reference takes the name's place in debts of now and then, accounts, kept
/// sums, acceptances and what entries say of them. No amount changes.
identity::PersonKeeper person_keeper();

}  // namespace solvent::ledger
