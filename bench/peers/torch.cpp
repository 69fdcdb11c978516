// LibTorch: a kernel becomes one tensor operation after the other over whole arrays, recorded by autograd, as its
// tutorials do. Intra-operation threads: as many as are asked for. (Its manual's advice against small tensors is what
// the small n show.)
#include <torch/torch.h>
#include <torch/version.h>

#include "peer.hpp"

namespace gradlane::peers {

struct tensors {
  using active = at::Tensor;
};

class tensor_evaluator {
 public:
  explicit tensor_evaluator(const at::Tensor& x) : x_(x) {}

  template <class Kernel, class... Args>
  scalar_of<tensors> sum(const Args&... args) {
    scalar_of<tensors> total;
    with_term<Kernel, at::Tensor>([&](const at::Tensor& terms) { total.a = at::sum(terms); }, read(args)...);
    return total;
  }
  template <class Slice>
  scalar<double> max(const Slice& s) {
    return scalar<double>(read(s).detach().max().template item<double>());
  }
  static at::Tensor view(const double* p, at::IntArrayRef sizes) {
    return torch::from_blob(const_cast<double*>(p), sizes, at::kDouble);
  }

 private:
  template <class Arg>
  auto read(const Arg& a) const {
    if constexpr (is_slice<Arg>)
      return a.size() == a.n ? x_ : x_.narrow(0, index(a.offset()), index(a.size()));
    else if constexpr (is_product<Arg>)
      return at::mv(view(a.matrix.p, {index(a.matrix.rows), index(a.matrix.cols)}), read(a.x));
    else if constexpr (is_matmul<Arg>)
      return at::mm(read(a.left), read(a.right)).reshape({index(a.size())});
    else if constexpr (is_active_matrix<Arg>)
      return read(a.x).view({index(a.rows), index(a.cols)});
    else if constexpr (is_passive_array<Arg>)
      return view(a.p, {index(a.size)});
    else
      return scalar<double>(a).r;
  }
  static std::int64_t index(std::size_t i) { return static_cast<std::int64_t>(i); }

  const at::Tensor& x_;
};

struct autograd {
  static constexpr method_facts facts{};
  static constexpr bool splits(lane) { return true; }
  template <class Problem, class, lane>
  class plan {
   public:
    plan(const shape& s, const typename Problem::template data<double>& data)
        : data_(data), n_(s.n), threads_(s.threads), x_(at::empty({size()}, at::kDouble)) {
      x_.requires_grad_();
    }
    void evaluate(const double* x, double* value, double* g) {
      if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
      {
        const at::NoGradGuard passive;
        x_.copy_(tensor_evaluator::view(x, {size()}));
      }
      tensor_evaluator e(x_);
      const at::Tensor f = Problem::value(slice<tensor_evaluator>{&e, n_}, data_).a;
      const at::Tensor gradient = torch::autograd::grad({f}, {x_})[0];
      tensor_evaluator::view(g, {size()}).copy_(gradient);
      *value = f.template item<double>();
    }
    std::size_t bytes() const { return n_ * sizeof(double); }

   private:
    std::int64_t size() const { return static_cast<std::int64_t>(n_); }
    typename Problem::template data<double> data_;
    std::size_t n_;
    int threads_;
    at::Tensor x_;
  };
};

template <class Problem>
void add_methods(entries<Problem>& to) {
  to.template add<autograd, lane::elements>("reverse_array");
}

}  // namespace gradlane::peers

GRADLANE_PEER("LibTorch " TORCH_VERSION)
