"""WooCommerce's customers: the report of its analytics, and what its export plug-ins write."""

from mactl.people.sources.layouts.layout import SAYS_NO, layout

WOOCOMMERCE = layout(
    "woocommerce",
    "WooCommerce",
    signs=[
        ["Email", "Sign Up", "Total Spend"],
        ["Email", "Total Spend", "AOV"],
        ["user_login", "billing_email", "billing_first_name"],
        ["email", "billing_first_name", "billing_country", "billing_postcode"],
    ],
    fields={
        "woocommerce_id": ["customer_id", "ID"],
        "email": ["email", "user_email", "billing_email"],
        "first_name": ["first_name", "billing_first_name"],
        "last_name": ["last_name", "billing_last_name"],
        "phone": ["phone", "billing_phone"],
        "company": ["company", "billing_company"],
        "city": ["City", "billing_city"],
        "postcode": ["Postal Code", "billing_postcode"],
        "country": ["Country / Region", "Country", "billing_country"],
        "created_at": ["Sign Up", "date_registered", "user_registered"],
    },
    opt_out={"Accepts Marketing": SAYS_NO, "marketing_opt_in": SAYS_NO},
)
