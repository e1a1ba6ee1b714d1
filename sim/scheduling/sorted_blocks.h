#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace dure::sim {

/// A sorted map for up to some million keys, kept in blocks of 64 with a summary of each block.
///
/// Inserting and erasing move half a block; a search looks at the blocks' summaries, which lie side by side, and then
/// into one block. `Summary` has `void add(const Value&)` and `bool remove(const Value&)`, false when it must be made anew.
template <class Key, class Value, class Summary>
class SortedBlocks {
 public:
  static constexpr std::size_t kCapacity = 64;
  struct Block {
    std::size_t size = 0;
    std::array<Key, kCapacity> keys;
    std::array<Value, kCapacity> values;
  };

  bool empty() const { return blocks_.empty(); }
  std::size_t blocks() const { return blocks_.size(); }
  const Block& block(std::size_t b) const { return *blocks_[b]; }
  const Summary& summary(std::size_t b) const { return summaries_[b]; }
  const Key& front_key() const { return lows_.front(); }

  /// The block that has the key or would take it, and the key's place in a block. Not for an empty map.
  std::size_t block_of(const Key& key) const {
    const auto above = std::upper_bound(lows_.begin() + 1, lows_.end(), key);
    return static_cast<std::size_t>(above - lows_.begin()) - 1;
  }
  static std::size_t place_in(const Block& in, const Key& key) {
    return static_cast<std::size_t>(std::lower_bound(in.keys.begin(), in.keys.begin() + in.size, key) - in.keys.begin());
  }

  /// The value at a key, or null.
  const Value* find(const Key& key) const {
    if (empty()) return nullptr;
    const Block& in = *blocks_[block_of(key)];
    const std::size_t i = place_in(in, key);
    return i < in.size && in.keys[i] == key ? &in.values[i] : nullptr;
  }

  /// Inserts a key that is not there; false if it is.
  bool insert(const Key& key, const Value& value) {
    if (empty()) open_block(0);
    std::size_t b = block_of(key);
    if (blocks_[b]->size == kCapacity) {
      if (b + 1 == blocks_.size() && key > blocks_[b]->keys[kCapacity - 1]) {
        open_block(++b);  // the usual case: at the end
      } else {
        split(b);
        b = block_of(key);
      }
    }
    Block& in = *blocks_[b];
    const std::size_t i = place_in(in, key);
    if (i < in.size && in.keys[i] == key) return false;
    std::move_backward(in.keys.begin() + i, in.keys.begin() + in.size, in.keys.begin() + in.size + 1);
    std::move_backward(in.values.begin() + i, in.values.begin() + in.size, in.values.begin() + in.size + 1);
    in.keys[i] = key;
    in.values[i] = value;
    ++in.size;
    lows_[b] = in.keys[0];
    summaries_[b].add(value);
    return true;
  }

  /// Changes the value at a key that is there.
  void replace(const Key& key, const Value& value) {
    const std::size_t b = block_of(key);
    Value& old = blocks_[b]->values[place_in(*blocks_[b], key)];
    const Value before = old;
    old = value;
    if (summaries_[b].remove(before)) {
      summaries_[b].add(value);
    } else {
      summarise(b);
    }
  }

  /// False if the key is not there.
  bool erase(const Key& key) {
    if (empty()) return false;
    const std::size_t b = block_of(key);
    Block& in = *blocks_[b];
    const std::size_t i = place_in(in, key);
    if (i >= in.size || in.keys[i] != key) return false;
    const Value gone = in.values[i];
    std::move(in.keys.begin() + i + 1, in.keys.begin() + in.size, in.keys.begin() + i);
    std::move(in.values.begin() + i + 1, in.values.begin() + in.size, in.values.begin() + i);
    if (--in.size == 0) {
      close_block(b);
      return true;
    }
    lows_[b] = in.keys[0];
    if (!summaries_[b].remove(gone)) summarise(b);
    if (in.size < kCapacity / 4) join_with_next(b > 0 && b + 1 == blocks_.size() ? b - 1 : b);
    return true;
  }

 private:
  void summarise(std::size_t b) {
    summaries_[b] = Summary{};
    for (std::size_t i = 0; i < blocks_[b]->size; ++i) summaries_[b].add(blocks_[b]->values[i]);
  }
  void open_block(std::size_t b) {
    auto fresh = spare_ ? std::move(spare_) : std::make_unique<Block>();
    fresh->size = 0;
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(b), std::move(fresh));
    lows_.insert(lows_.begin() + static_cast<std::ptrdiff_t>(b), Key{});
    summaries_.insert(summaries_.begin() + static_cast<std::ptrdiff_t>(b), Summary{});
  }
  void close_block(std::size_t b) {
    spare_ = std::move(blocks_[b]);
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b));
    lows_.erase(lows_.begin() + static_cast<std::ptrdiff_t>(b));
    summaries_.erase(summaries_.begin() + static_cast<std::ptrdiff_t>(b));
  }
  void split(std::size_t b) {
    open_block(b + 1);
    Block& left = *blocks_[b];
    Block& right = *blocks_[b + 1];
    constexpr std::size_t half = kCapacity / 2;
    std::copy(left.keys.begin() + half, left.keys.end(), right.keys.begin());
    std::copy(left.values.begin() + half, left.values.end(), right.values.begin());
    left.size = half;
    right.size = kCapacity - half;
    lows_[b + 1] = right.keys[0];
    summarise(b);
    summarise(b + 1);
  }
  void join_with_next(std::size_t b) {
    if (b + 1 >= blocks_.size()) return;
    Block& left = *blocks_[b];
    const Block& right = *blocks_[b + 1];
    if (left.size + right.size > kCapacity / 2) return;
    std::copy(right.keys.begin(), right.keys.begin() + right.size, left.keys.begin() + left.size);
    std::copy(right.values.begin(), right.values.begin() + right.size, left.values.begin() + left.size);
    left.size += right.size;
    close_block(b + 1);
    summarise(b);
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Key> lows_;  // the first key of each block
  std::vector<Summary> summaries_;
  std::unique_ptr<Block> spare_;
};

}  // namespace dure::sim
