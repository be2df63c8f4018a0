/// The checks of one version of a data set, one function each, and what they share. Pure;
/// thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"
#include "profile/profile.h"

namespace solvent::remedies::data {

check::Check duplicate_rows();
check::Check constant_column();
check::Check near_identical_columns();
check::Check target_leak();
check::Check mixed_types();
check::Check impossible_values();

/// Rows that would repeat an earlier one if the columns were independent: at most the expected
/// pairs of equal rows, n(n − 1)/2 · Πs, where s is the chance that two rows agree in a column.
/// Over the named columns.
double expected_chance_repeats(const profile::TableProfile& table,
                               std::span<const std::string> columns);
/// Columns that say something of a case: all but row counters, whole numbers that begin at 0 or 1
/// and rise by one to the last row, and declared keys.
std::vector<std::string> case_columns(const profile::TableProfile& table,
                                      std::span<const std::string> keys);
/// Share of the pairs of rows that agree in a column: Σc(c − 1)/(n(n − 1)); null is a value. What
/// is not listed in the profile counts as spread evenly over the values left. So repeats in a table
/// of one column are what its own counts say, and never more than chance.
double chance_of_equal_values(const profile::ColumnProfile& column);

/// A finding about a column (or columns) of a data set.
check::Finding column_finding(std::string_view check, const std::string& dataset,
                              const std::string& item, std::string message, Json evidence);

}  // namespace solvent::remedies::data
