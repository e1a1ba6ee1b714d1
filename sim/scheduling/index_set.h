#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dure::sim {

/// A set of small numbers: insert, erase and "the first from here on" in three words.
///
/// A bit for each number; a second and a third row of bits say which words below are not empty.
class IndexSet {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void grow(std::size_t limit) {  // numbers below `limit` may be inserted; existing ones stay
    for (std::size_t row = 0; row < kRows; ++row) {
      limit = (limit + 63) / 64;
      if (bits_[row].size() < limit) bits_[row].resize(limit);
    }
  }
  void insert(std::size_t i) {
    for (auto& row : bits_) {
      const bool was_empty = row[i >> 6] == 0;
      row[i >> 6] |= bit(i);
      if (!was_empty) return;
      i >>= 6;
    }
  }
  void erase(std::size_t i) {
    for (auto& row : bits_) {
      row[i >> 6] &= ~bit(i);
      if (row[i >> 6] != 0) return;
      i >>= 6;
    }
  }
  bool contains(std::size_t i) const { return (bits_[0][i >> 6] & bit(i)) != 0; }
  bool empty() const {
    for (const std::uint64_t word : bits_[kRows - 1])
      if (word != 0) return false;
    return true;
  }
  std::size_t first() const { return first_from(0); }

  /// The smallest member that is not less than i, or kNone.
  std::size_t first_from(std::size_t i) const {
    for (std::size_t row = 0; row < kRows; ++row) {
      if ((i >> 6) >= bits_[row].size()) return kNone;
      const std::uint64_t word = bits_[row][i >> 6] & (~std::uint64_t{0} << (i & 63));
      if (word != 0) return down_first(row, (i & ~std::size_t{63}) + static_cast<std::size_t>(std::countr_zero(word)));
      i = (i >> 6) + 1;
    }
    for (i <<= 6; (i >> 6) < bits_[kRows - 1].size(); i += 64)  // beyond 262,144 numbers the top row has several words
      if (const std::uint64_t word = bits_[kRows - 1][i >> 6]; word != 0)
        return down_first(kRows - 1, i + static_cast<std::size_t>(std::countr_zero(word)));
    return kNone;
  }

  /// The largest member less than i, or kNone.
  std::size_t last_before(std::size_t i) const {
    std::size_t row = 0;
    for (; row < kRows; ++row) {
      if (i == 0) return kNone;
      const std::size_t j = i - 1;  // inclusive
      const std::uint64_t word = bits_[row][j >> 6] & (~std::uint64_t{0} >> (63 - (j & 63)));
      if (word != 0) return down_last(row, (j & ~std::size_t{63}) + 63 - static_cast<std::size_t>(std::countl_zero(word)));
      i = j >> 6;
    }
    while (i-- > 0)
      if (const std::uint64_t word = bits_[kRows - 1][i]; word != 0)
        return down_last(kRows - 1, i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(word)));
    return kNone;
  }

 private:
  static constexpr std::size_t kRows = 3;
  static constexpr std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i & 63); }
  std::size_t down_first(std::size_t row, std::size_t i) const {
    while (row-- > 0) i = i * 64 + static_cast<std::size_t>(std::countr_zero(bits_[row][i]));
    return i;
  }
  std::size_t down_last(std::size_t row, std::size_t i) const {
    while (row-- > 0) i = i * 64 + 63 - static_cast<std::size_t>(std::countl_zero(bits_[row][i]));
    return i;
  }
  std::vector<std::uint64_t> bits_[kRows];
};

}  // namespace dure::sim
