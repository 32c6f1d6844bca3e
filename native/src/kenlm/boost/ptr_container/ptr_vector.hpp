// Stand-in for boost::ptr_vector: a vector that owns what it is given by pointer and shows it by
// reference. Elements are destroyed from first to last.

#ifndef MYNA_KENLM_BOOST_PTR_CONTAINER_PTR_VECTOR_HPP_
#define MYNA_KENLM_BOOST_PTR_CONTAINER_PTR_VECTOR_HPP_

#include <cstddef>
#include <memory>
#include <vector>

// corpus_count.cc gets scoped_array by way of this header.
#include "boost/scoped_array.hpp"

namespace boost {

template <class T>
class ptr_vector {
 public:
  class iterator {
   public:
    explicit iterator(std::unique_ptr<T>* at) : at_(at) {}
    T& operator*() const { return **at_; }
    T* operator->() const { return at_->get(); }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const iterator& other) const { return at_ != other.at_; }

   private:
    std::unique_ptr<T>* at_;
  };

  ~ptr_vector() { clear(); }

  // Takes ownership, also when it throws.
  void push_back(T* element) { owned_.push_back(std::unique_ptr<T>(element)); }
  void clear() {
    for (std::unique_ptr<T>& element : owned_) element.reset();
    owned_.clear();
  }

  bool empty() const { return owned_.empty(); }
  std::size_t size() const { return owned_.size(); }
  T& front() { return *owned_.front(); }
  T& back() { return *owned_.back(); }
  iterator begin() { return iterator(owned_.data()); }
  iterator end() { return iterator(owned_.data() + owned_.size()); }

 private:
  std::vector<std::unique_ptr<T>> owned_;
};

}  // namespace boost

#endif  // MYNA_KENLM_BOOST_PTR_CONTAINER_PTR_VECTOR_HPP_
