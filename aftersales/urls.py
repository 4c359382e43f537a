"""The addresses of after-sales."""

from django.urls import URLPattern, path

from aftersales.views import buyer, desk, reviews

urlpatterns: list[URLPattern] = [
    path("orders/<str:ref>/after-sales/<str:number>/", buyer.after_sales_new, name="after_sales_new"),
    path("after-sales/<str:ref>/", buyer.after_sales, name="after_sales"),
    path("after-sales/<str:ref>/photos/<int:pk>/", buyer.photo, name="after_sales_photo"),
    path("orders/<str:ref>/review/<str:number>/", reviews.order_review, name="order_review"),
    path("goods/<str:ref>/reviews/", reviews.goods_reviews, name="goods_reviews"),
    path("store/<slug:slug>/reviews/", reviews.store_reviews, name="store_reviews"),
    path("reviews/photos/<int:pk>/", reviews.review_photo, name="review_photo"),
    path("my-store/reviews/", reviews.my_reviews, name="my_store_reviews"),
    path("desk/buyers-reviews/", reviews.desk_buyer_reviews, name="desk_buyer_reviews"),
    path("desk/after-sales/", desk.desk_cases, name="desk_cases"),
    path("desk/after-sales/<str:ref>/", desk.desk_case, name="desk_case"),
    path("my-store/after-sales/", desk.my_store_cases, name="my_store_cases"),
    path("my-store/after-sales/<str:ref>/", desk.my_store_case, name="my_store_case"),
]
