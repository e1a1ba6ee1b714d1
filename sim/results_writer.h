#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dure::sim {

/// One value of a row: a number, or where a text begins in its batch.
struct Cell {
  enum class Kind : std::uint8_t { kNone, kInteger, kReal, kText };
  union {
    std::int64_t integer;
    double real;
    std::size_t text;
  };
  std::uint32_t length;
  Kind kind;
};

/// Rows of one table, gathered until it pays to store them.
struct RowBatch {
  std::vector<Cell> cells;  // row by row
  std::string texts;
  std::size_t rows = 0;
};

/// Where batches go, one at a time.
class RowStore {
 public:
  virtual void store(const RowBatch& rows) = 0;

 protected:
  ~RowStore() = default;
};

/// Stores batches of rows on a thread of its own, in the order in which they were handed over, while the simulation goes on:
/// a fifth of a national run would be spent waiting for SQLite. The thread knows rows only; the clock stays on the main
/// thread. What fails there (a full disk) is thrown from the next call here.
class RowWriter {
 public:
  RowWriter() = default;
  ~RowWriter();  // without finish(): what was not stored yet is dropped
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  /// Takes a batch and gives an empty one for it; waits while the disk is `kAhead` batches behind.
  void hand_over(RowStore& store, RowBatch& batch);
  /// Returns when everything is stored.
  void finish();

 private:
  static constexpr std::size_t kAhead = 32;
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<RowStore*, RowBatch>> waiting_;
  std::vector<RowBatch> spare_;
  std::exception_ptr failure_;
  bool finishing_ = false;
  bool dropping_ = false;
  std::thread thread_;
};

}  // namespace dure::sim
