// ADOL-C. Its manual: trace_on with keep = 1 makes the values ready for one reverse sweep, so that a gradient that is
// taped anew needs no forward sweep; a tape is replayed by zos_forward (keep = 1) and fos_reverse, which is what its
// driver `gradient` does. Tapes beyond its buffers' default size go to files in the working directory. Tapeless: adtl::adouble, several tangents.
#include <adolc/internal/usrparms.h>

#include <cstdio>

// setNumDir warns on every call, whether or not numbers are alive. ADOL-C's user parameters say where to.
namespace gradlane::peers {
inline std::FILE* no_warnings() {
  static std::FILE* const nowhere = std::fopen("/dev/null", "w");
  return nowhere;
}
}  // namespace gradlane::peers
#undef DIAG_OUT
#define DIAG_OUT gradlane::peers::no_warnings()
#include <adolc/adolc.h>
#include <adolc/adtl.h>

#include "peer.hpp"
#include "vector_forward.hpp"

namespace gradlane::peers {

/// A tape of its own for each plan. Tags are short integers and global.
class tape_tag {
 public:
  tape_tag() : tag_(free_tags().empty() ? next()++ : free_tags().back()) {
    if (!free_tags().empty()) free_tags().pop_back();
    if (tag_ >= 32000) throw std::length_error("more tapes at a time than ADOL-C has tags");
  }
  tape_tag(const tape_tag&) = delete;
  tape_tag& operator=(const tape_tag&) = delete;
  /// The tape stays for the tag's next owner: one that is removed, or given other buffers, still counts as a user of
  /// memory, and beyond 32 of these values go to files, where microseconds become milliseconds.
  ~tape_tag() { free_tags().push_back(tag_); }
  operator short() const { return tag_; }
  std::size_t bytes() const {
    size_t counts[STAT_SIZE] = {};
    tapestats(tag_, counts);
    return counts[NUM_OPERATIONS] + counts[NUM_LOCATIONS] * sizeof(locint) +
           (counts[NUM_VALUES] + counts[TAY_STACK_SIZE]) * sizeof(double);
  }

 private:
  static short& next() {
    static short tag = 1;
    return tag;
  }
  static std::vector<short>& free_tags() {
    static std::vector<short> tags;
    return tags;
  }
  short tag_;
};

template <class Problem>
class tape {
  using data_type = typename Problem::template data<double>;

 public:
  tape(std::size_t n, const data_type& data) : data_(data), x_(n) {}
  std::size_t size() const { return x_.size(); }
  std::size_t bytes() const { return x_.capacity() * sizeof(adouble) + tag_.bytes(); }

  double record(const double* x) {
    trace_on(tag_, 1);
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] <<= x[i];
    double value = 0;
    {
      adouble f = objective_on<Problem, plain_loops<adouble>>(x_.data(), x, x_.size(), data_);
      f >>= value;
    }
    trace_off();
    return value;
  }
  double replay(const double* x) {
    double value = 0;
    zos_forward(tag_, 1, static_cast<int>(size()), 1, x, &value);
    return value;
  }
  void reverse(double* g) {
    double one = 1;
    fos_reverse(tag_, 1, static_cast<int>(size()), &one, g);
  }

 private:
  data_type data_;
  std::vector<adouble> x_;
  tape_tag tag_;
};

template <bool Replayed>
struct taped {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data) : tape_(s.n, data) {
      if (Replayed) tape_.record(std::vector<double>(s.n, 0.5).data());
    }
    void evaluate(const double* x, double* value, double* g) {
      *value = Replayed ? tape_.replay(x) : tape_.record(x);
      tape_.reverse(g);
    }
    std::size_t bytes() const { return tape_.bytes(); }

   private:
    tape<Problem> tape_;
  };
};

/// The number of tangents is one for the whole process, and changing it takes all numbers' memory away: so they live
/// for a call only, in memory that ADOL-C pools.
struct tapeless {
  static constexpr method_facts facts{.sweeps = true};
  static constexpr bool splits(lane) { return false; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data)
        : data_(data), n_(s.n), directions_(std::min<std::size_t>(s.n, 16)) {
      x_.reserve(n_);
    }
    void evaluate(const double* x, double* value, double* g) {
      if (adtl::getNumDir() != directions_) adtl::setNumDir(directions_);
      for (std::size_t i = 0; i < n_; ++i) x_.emplace_back(x[i]);
      for (std::size_t first = 0; first < n_; first += directions_) {
        const std::size_t count = std::min(directions_, n_ - first);
        for (std::size_t k = 0; k < count; ++k) x_[first + k].setADValue(static_cast<unsigned>(k), 1);
        const auto f = objective_on<Problem, plain_loops<adtl::adouble>>(x_.data(), x, n_, data_);
        for (std::size_t k = 0; k < count; ++k) {
          x_[first + k].setADValue(static_cast<unsigned>(k), 0);
          g[first + k] = f.getADValue(static_cast<unsigned>(k));
        }
        *value = f.getValue();
      }
      x_.clear();
    }
    std::size_t bytes() const {
      return x_.capacity() * sizeof(adtl::adouble) + n_ * (directions_ + 1) * sizeof(double);
    }

   private:
    typename Problem::template data<double> data_;
    std::size_t n_, directions_;
    std::vector<adtl::adouble> x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<tapeless, lane::directions>("forward_mode");
  to.template add<taped<false>, lane::scalar>("reverse_tape");
  to.template add<taped<true>, lane::scalar>("reverse_tape_replayed");
}

}  // namespace gradlane::peers

GRADLANE_PEER("ADOL-C")
